//! Input files, made up.

use super::program::Recsys;

/// Ratings of `users` people for 40 items in CSV: people with an even number like items with an even
/// number, the others those with an odd one. No rating comes twice.
pub(super) fn ratings(users: usize) -> String {
    let mut text = String::from("user,item,rating,timestamp\n");
    for user in 0..users {
        for item in (0..40).filter(|item| item % 2 == user % 2 && (item / 2 + user) % 5 != 0) {
            let stars = 4 + (user + item) % 2;
            let time = 1_700_000_000 + user * 100 + item;
            text.push_str(&format!("u{user},i{item},{stars},{time}\n"));
        }
    }
    text
}

/// The catalogue that belongs to [`ratings`].
pub(super) fn items() -> String {
    let mut text = String::from("id,title,category,tags,price\n");
    for item in 0..40 {
        let kind = if item % 2 == 0 { "even" } else { "odd" };
        text.push_str(&format!(
            "i{item},\"Item, number {item}\",{kind},{kind}|numbered,{item}.5\n"
        ));
    }
    text
}

/// 9,999 events after a header, all good but the one on line 7,341.
pub(super) fn broken_at_7341() -> String {
    let mut text = String::from("user,item,rating,timestamp\n");
    for line in 2..=10_000 {
        let (user, item) = (line % 97, line / 97);
        let stars = if line == 7_341 { "four".to_owned() } else { (line % 5 + 1).to_string() };
        text.push_str(&format!("u{user},i{item},{stars},{}\n", 1_700_000_000 + line));
    }
    text
}

/// A small data set in the folder `ml`, laid out like ml-latest.
pub(super) fn movielens(recsys: &Recsys) -> String {
    let mut films = String::from("movieId,title,genres\n");
    let mut ratings = String::from("userId,movieId,rating,timestamp\n");
    for film in 0..40 {
        let genre = if film % 2 == 0 { "Comedy|Romance" } else { "Drama|War" };
        films.push_str(&format!("{film},\"Film, The {film} ({})\",{genre}\n", 1980 + film));
    }
    for user in 0..30 {
        for film in (0..40).filter(|film| film % 2 == user % 2 && (film / 2 + user) % 5 != 0) {
            ratings.push_str(&format!("{user},{film},4.5,{}\n", 1_000_000_000 + film));
        }
    }
    recsys.write("ml/movies.csv", films);
    recsys.write("ml/ratings.csv", ratings);
    recsys.write("ml/tags.csv", "userId,movieId,tag,timestamp\n1,1,slow burn,1\n");
    recsys.path("ml").display().to_string()
}
