//! Things for the kitchen.

use super::{Department, RangeInclusiveOf, Theme};

pub(super) const KITCHEN: Department = Department {
    name: "Kitchen",
    price: RangeInclusiveOf { low: 7, high: 139 },
    measure: ("grams", RangeInclusiveOf { low: 80, high: 4200 }),
    themes: &[
        Theme {
            tag: "baking",
            topic: "winter",
            titles: &["{a} {n}", "{p} {n}"],
            a: &["Enamel", "Cast Iron", "Beechwood", "Copper", "Steel", "Stoneware", "Linen", "Cherrywood"],
            n: &["Loaf Tin", "Rolling Pin", "Proving Basket", "Cake Stand", "Bread Knife", "Baking Stone", "Mixing Bowl", "Biscuit Cutters"],
            p: &["Grandmother's", "Double-Walled", "Extra Deep", "Village", "Folding", "Left-Handed"],
            about: &[
                "Gives a crust that the bakers of {where} would sign.",
                "Sits well in the hand and survives the dishwasher.",
                "Tested with three hundred loaves by {who}.",
                "For sourdough that rises and biscuits that do not.",
            ],
        },
        Theme {
            tag: "coffee",
            topic: "city",
            titles: &["{a} {n}", "{n} No. {p}"],
            a: &["Copper", "Ceramic", "Hand-Cranked", "Glass", "Travel", "Matte Black", "Brass", "Porcelain"],
            n: &["Grinder", "Pour-Over", "Moka Pot", "French Press", "Kettle", "Espresso Cup", "Drip Stand", "Milk Jug"],
            p: &["3", "7", "12", "21", "44", "9"],
            about: &[
                "Two turns finer than you think, says {who}.",
                "Brews the strong, sweet coffee that the harbour of {where} runs on.",
                "Heavy at the bottom, quiet in the morning.",
                "Spare parts for every screw, for as long as we exist.",
            ],
        },
        Theme {
            tag: "tea",
            topic: "garden",
            titles: &["{a} {n}", "{p} {n}"],
            a: &["Celadon", "Cast Iron", "Glass", "Bamboo", "Speckled", "Walnut", "Moss Green", "Raku"],
            n: &["Teapot", "Tea Caddy", "Strainer", "Tasting Cup", "Whisk", "Tea Tray", "Infuser", "Warmer"],
            p: &["First Flush", "Half-Litre", "Two-Cup", "Garden", "Morning", "Old Harbour"],
            about: &[
                "Pours without a drip; we tried for a year.",
                "Thrown, glazed and fired in a workshop near {where}.",
                "Holds exactly enough for one chapter.",
                "Keeps leaves fresh through a damp winter in {where}.",
            ],
        },
        Theme {
            tag: "pasta",
            topic: "city",
            titles: &["{a} {n}", "{n} for {p}"],
            a: &["Brass", "Chestnut", "Hand-Turned", "Steel", "Ash Wood", "Marble", "Compact", "Trattoria"],
            n: &["Pasta Machine", "Ravioli Stamp", "Drying Rack", "Gnocchi Board", "Cheese Grater", "Sauce Pan", "Colander", "Dough Cutter"],
            p: &["Two", "Sundays", "a Crowd", "Small Kitchens", "Purists", "Beginners"],
            about: &[
                "Rolls dough so thin that {who} can read through it.",
                "The ridges hold the sauce; the sauce is up to you.",
                "Comes with five recipes from a closed restaurant in {where}.",
                "Clamps to any table, also to the wobbly one.",
            ],
        },
        Theme {
            tag: "preserving",
            topic: "garden",
            titles: &["{a} {n}", "{p} {n}"],
            a: &["Stoneware", "Swing-Top", "Amber Glass", "Wide-Mouth", "Oak", "Enamel", "Cork-Sealed", "Blue"],
            n: &["Fermenting Crock", "Jam Jar", "Pickle Press", "Funnel", "Preserving Pan", "Bottle", "Label Set", "Apple Corer"],
            p: &["Harvest", "Five-Litre", "Pantry", "Late Summer", "Orchard", "Cellar"],
            about: &[
                "Puts August away for February.",
                "The lid sighs when it should and never leaks, promises {who}.",
                "Made for plums, perfect for everything else.",
                "As used in the cellars of {where}.",
            ],
        },
    ],
};
