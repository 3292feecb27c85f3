//! Board games.

use super::{Department, RangeInclusiveOf, Theme};

pub(super) const GAMES: Department = Department {
    name: "Games",
    price: RangeInclusiveOf { low: 12, high: 69 },
    measure: ("minutes", RangeInclusiveOf { low: 15, high: 180 }),
    themes: &[
        Theme {
            tag: "cooperative",
            topic: "mountains",
            titles: &["{a} {n}", "{n} at {p}", "Save the {n}"],
            a: &["Seven", "Lost", "Northern", "Shared", "Stranded", "Rising", "Hidden", "Brave"],
            n: &["Expedition", "Lanterns", "Rescue", "Lighthouse", "Dam", "Orchard", "Avalanche", "Caravan"],
            p: &["Dawn", "Marrow Hill", "High Camp", "the Ford", "Castle Pim", "the Summit"],
            about: &[
                "All against the weather: two to five climbers share one rope.",
                "Win together or explain it together to {who}.",
                "The valley of {where} has four days left, and you have six cards.",
                "Nobody may speak in the third round, which is when it gets loud.",
            ],
        },
        Theme {
            tag: "strategy",
            topic: "city",
            titles: &["{n} of {p}", "The {a} {n}", "{a} {n}s"],
            a: &["Grand", "Iron", "Rival", "Golden", "Guild", "Free", "Merchant", "Paper"],
            n: &["Canal", "Guild", "Harbour", "Railway", "Senate", "Quarry", "Bridge", "Market"],
            p: &["Fennick", "the Three Rivers", "Port Amity", "the Old Republic", "Vell", "the Free Towns"],
            about: &[
                "Build the canals of {where} before your neighbour sells you the water.",
                "Twelve rounds, no dice, and nowhere to hide.",
                "Trade, bluff and plan four moves ahead of {who}.",
                "The rules fit on two pages; the regrets do not.",
            ],
        },
        Theme {
            tag: "puzzle",
            topic: "garden",
            titles: &["{a} {n}", "The {n} Box", "{n}s & {p}"],
            a: &["Folded", "Crystal", "Tangled", "Quiet", "Mosaic", "Mirror", "Hexed", "Woven"],
            n: &["Maze", "Tile", "Garden", "Knot", "Cipher", "Petal", "Riddle", "Window"],
            p: &["Moths", "Stairs", "Keys", "Bees", "Rain", "Threads"],
            about: &[
                "A hundred puzzles in a tin, checked twice by {who}.",
                "Lay the tiles so that every flower of {where} sees the sun.",
                "Begins gently and ends at three in the morning.",
                "One solution each; the hints are in envelopes.",
            ],
        },
        Theme {
            tag: "party",
            topic: "music",
            titles: &["{a} {n}", "{n} or {p}", "Who Took the {n}?"],
            a: &["Loud", "Wrong", "Double", "Terrible", "Instant", "Secret", "Backwards", "Royal"],
            n: &["Trumpet", "Alibi", "Penguin", "Soup", "Anthem", "Excuse", "Postcard", "Parade"],
            p: &["Bluff", "Dance", "Swap", "Hush", "Dare", "Sing"],
            about: &[
                "Hum it, draw it or deny it, before the sand runs out.",
                "Tested on {who}, who laughed and then asked for the rules.",
                "Three to ten players and at least one good liar.",
                "Over in fifteen minutes, and then once more.",
            ],
        },
        Theme {
            tag: "solo",
            topic: "space",
            titles: &["{a} {n}", "{n} of One", "The {n} Log"],
            a: &["Lone", "Drifting", "Quiet", "Outer", "Last", "Hermit", "Clockwork", "Night"],
            n: &["Probe", "Keeper", "Voyage", "Observatory", "Island", "Pilot", "Archivist", "Station"],
            p: &["Dust", "Light"],
            about: &[
                "One player, one ship, forty sealed messages from {where}.",
                "Keep the lamp burning for a year; write down what you see.",
                "A pocket-sized campaign that remembers what you did.",
                "For evenings when {who} is not at home.",
            ],
        },
    ],
};
