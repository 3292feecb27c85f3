//! Books.

use super::{Department, RangeInclusiveOf, Theme};

pub(super) const BOOKS: Department = Department {
    name: "Books",
    price: RangeInclusiveOf { low: 9, high: 32 },
    measure: ("pages", RangeInclusiveOf { low: 140, high: 620 }),
    themes: &[
        Theme {
            tag: "mystery",
            topic: "city",
            titles: &["The {a} {n}", "Death at the {p}", "The {n} of {p} Lane"],
            a: &["Silent", "Crooked", "Borrowed", "Seventh", "Velvet", "Forgotten", "Second", "Midnight"],
            n: &["Lodger", "Inheritance", "Locksmith", "Postcard", "Alibi", "Staircase", "Witness", "Umbrella"],
            p: &["Lighthouse", "Opera", "Orchard", "Observatory", "Bakery", "Chapel", "Printing House", "Regatta"],
            about: &[
                "Everyone in {where} has an alibi, and {who} believes none of them.",
                "A locked room, a wet umbrella and {who}: the third case from {where}.",
                "When the bells of {where} stop, {who} starts to count the suspects.",
                "A puzzle as neat as a crossword, solved in the end by {who}.",
            ],
        },
        Theme {
            tag: "sea stories",
            topic: "sea",
            titles: &["The {a} {n}", "Letters from {p}", "{n} and {a} Water"],
            a: &["Last", "Cold", "Quiet", "Restless", "Northern", "Drifting", "Patient", "Winter"],
            n: &["Ferry", "Harbour", "Tide", "Lighthouse Keeper", "Schooner", "Net", "Pilot", "Gull"],
            p: &["the Long Pier", "Cape Sorrow", "the Outer Banks", "Anchor Street", "the Mouth of the River", "Station Seven"],
            about: &[
                "Three winters on a lighthouse, told by {who}.",
                "The fleet of {where} goes out one last time, and {who} goes with it.",
                "A storm, a mutiny and a surprisingly good chowder, somewhere off {where}.",
                "What the sea gives back, {who} writes down.",
            ],
        },
        Theme {
            tag: "travel",
            topic: "mountains",
            titles: &["{a} Roads to {p}", "A {n} in {p}", "The {a} {n}"],
            a: &["Slow", "High", "Dusty", "Wrong", "Winding", "Empty", "Long", "Hidden"],
            n: &["Footpath", "Year", "Night Train", "Season", "Detour", "Compass", "Caravan", "Border"],
            p: &["the Passes", "the Salt Desert", "the Eastern Lakes", "Nowhere", "the Seven Villages", "the Glacier"],
            about: &[
                "From {where} to the end of the line, on trains that run when they like.",
                "A thousand kilometres on foot, with {who} for company.",
                "Notes, sketches and recipes gathered on the way to {where}.",
                "How to get lost properly, explained by {who}.",
            ],
        },
        Theme {
            tag: "gardening",
            topic: "garden",
            titles: &["The {a} {n}", "A Year in the {n}", "{n} for {p}"],
            a: &["Walled", "Edible", "Untidy", "Kitchen", "Moonlit", "Small", "Stubborn", "Wild"],
            n: &["Garden", "Hedge", "Greenhouse", "Allotment", "Rose Bed", "Herb Patch", "Compost Heap", "Meadow"],
            p: &["Beginners", "Balconies", "Dry Summers", "Shady Corners", "Impatient People", "Bees"],
            about: &[
                "What to sow, when to wait, and what {who} did about the slugs.",
                "Twelve months in a garden near {where}, one mistake at a time.",
                "Practical, opinionated and kind to weeds.",
                "Planting plans from the public gardens of {where}.",
            ],
        },
        Theme {
            tag: "popular science",
            topic: "space",
            titles: &["The {a} {n}", "A Short History of {p}", "{p}, Explained"],
            a: &["Invisible", "Curious", "Accidental", "Restless", "Expanding", "Tiny", "Unlikely", "Borrowed"],
            n: &["Telescope", "Particle", "Equation", "Cell", "Orbit", "Experiment", "Number", "Fossil"],
            p: &["Dust", "Moonlight", "Silence", "Moss", "Gravity", "Yeast", "Fog", "Comets"],
            about: &[
                "A guided tour of what nobody knows yet, by {who}.",
                "Forty short chapters, each of which ends with a better question.",
                "From the observatory of {where} to the far side of the moon.",
                "The science of everyday things, with diagrams you can follow.",
            ],
        },
    ],
};
