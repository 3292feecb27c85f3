//! What the examples share: a shop of twelve things and eighteen customers, small enough to read.

/// One purchase: who, what.
pub type Purchase = (&'static str, &'static str);

/// The catalogue: id, title, category.
pub const CATALOGUE: [(&str, &str, &str); 12] = [
    ("kettle", "Copper kettle", "kitchen"),
    ("teapot", "Stoneware teapot", "kitchen"),
    ("tea", "Darjeeling, first flush", "kitchen"),
    ("honey", "Heather honey", "kitchen"),
    ("hammer", "Claw hammer", "workshop"),
    ("saw", "Japanese pull saw", "workshop"),
    ("nails", "Cut nails, a pound", "workshop"),
    ("glue", "Hide glue", "workshop"),
    ("spade", "Ash-handled spade", "garden"),
    ("seeds", "Hollyhock seeds", "garden"),
    ("gloves", "Goatskin gloves", "garden"),
    ("twine", "Jute twine", "garden"),
];

/// What the customers bought. Each has one taste, misses one thing of it, and three of them also
/// bought twine, as everybody does.
#[must_use]
pub fn purchases() -> Vec<Purchase> {
    const CUSTOMERS: [&str; 18] = [
        "ada", "ben", "cleo", "dora", "emil", "fay", "gus", "hal", "ida", "jon", "kit", "lena",
        "max", "nora", "otto", "pia", "quin", "rosa",
    ];
    let mut bought = Vec::new();
    for (number, customer) in CUSTOMERS.into_iter().enumerate() {
        let shelf = &CATALOGUE[number % 3 * 4..][..4];
        let missing = number / 3 % 4;
        for (place, (item, _, _)) in shelf.iter().enumerate() {
            if place != missing {
                bought.push((customer, *item));
            }
        }
        if number % 6 == 0 {
            bought.push((customer, "twine"));
        }
    }
    bought
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_buys_things_of_the_catalogue() {
        let known = |item| CATALOGUE.iter().any(|(id, _, _)| *id == item);
        assert!(purchases().iter().all(|(_, item)| known(*item)));
    }
}
