//! Things for outside.

use super::{Department, RangeInclusiveOf, Theme};

pub(super) const OUTDOORS: Department = Department {
    name: "Outdoors",
    price: RangeInclusiveOf { low: 9, high: 249 },
    measure: ("grams", RangeInclusiveOf { low: 40, high: 3900 }),
    themes: &[
        Theme {
            tag: "hiking",
            topic: "mountains",
            titles: &["{a} {n}", "{p} {n}"],
            a: &["Waxed", "Ultralight", "Merino", "Folding", "Rugged", "Three-Season", "Quick-Dry", "Featherweight"],
            n: &["Rucksack", "Trekking Poles", "Rain Jacket", "Hiking Socks", "Map Case", "Gaiters", "Water Bottle", "Sun Hat"],
            p: &["Ridgeline", "Switchback", "Cairn", "High Pass", "Marrow Hill", "Waymark"],
            about: &[
                "Carried over eleven passes by {who}, and washed once.",
                "Keeps the rain of {where} out and the sandwiches in.",
                "Repairable with a needle and a calm hand.",
                "Weighs less than the excuse not to go.",
            ],
        },
        Theme {
            tag: "camping",
            topic: "mountains",
            titles: &["{a} {n}", "{p} {n}"],
            a: &["Two-Person", "Canvas", "Titanium", "Folding", "Down", "Packable", "Rechargeable", "Family"],
            n: &["Tent", "Camp Stove", "Lantern", "Sleeping Bag", "Hammock", "Camp Chair", "Cook Set", "Ground Mat"],
            p: &["Firefly", "Basecamp", "Lakeside", "Moonrise", "Fennick", "Long Weekend"],
            about: &[
                "Stands in four minutes, also in the dark, also with {who}.",
                "Quiet zips, strong seams, and room for wet boots.",
                "Light enough to read by, warm enough to stay.",
                "Spent a whole autumn on the shore of {where}.",
            ],
        },
        Theme {
            tag: "cycling",
            topic: "city",
            titles: &["{a} {n}", "{p} {n}"],
            a: &["Brass", "Leather", "Waterproof", "Steel", "Reflective", "Everyday", "Randonneur", "Clip-On"],
            n: &["Bell", "Saddle Bag", "Pannier", "Bike Light", "Tool Roll", "Handlebar Bag", "Pump", "Cap"],
            p: &["Commuter", "Cobblestone", "Velodrome", "Tailwind", "Lindenau", "Sunday"],
            about: &[
                "Survives cobbles, drizzle and the bridges of {where}.",
                "Fits every bicycle that {who} could find.",
                "Loud enough for tourists, polite enough for pigeons.",
                "Goes on without tools and stays on without rattling.",
            ],
        },
        Theme {
            tag: "swimming",
            topic: "sea",
            titles: &["{a} {n}", "{p} {n}"],
            a: &["Mirrored", "Recycled", "Long-Sleeve", "Thermal", "Bright Orange", "Quick-Dry", "Open-Water", "Striped"],
            n: &["Goggles", "Swim Buoy", "Wetsuit", "Changing Robe", "Swim Cap", "Dry Bag", "Towel", "Water Shoes"],
            p: &["Saltmere", "Harbour", "Cold Plunge", "High Tide", "Lido", "Seal"],
            about: &[
                "For the first swim in April and the last one in November.",
                "Tested off {where}, where the water is honest.",
                "Dries before the tea is ready, says {who}.",
                "Seen from far away, which is the point.",
            ],
        },
        Theme {
            tag: "winter sports",
            topic: "winter",
            titles: &["{a} {n}", "{p} {n}"],
            a: &["Wool", "Ash Wood", "Insulated", "Backcountry", "Nordic", "Wind-Proof", "Heated", "Vintage"],
            n: &["Mittens", "Snowshoes", "Sledge", "Ski Wax Set", "Balaclava", "Ice Skates", "Thermos", "Snow Goggles"],
            p: &["Little Thaw", "Powder", "Blizzard", "North Ember", "First Snow", "Glacier"],
            about: &[
                "Warm at twenty below, according to {who}.",
                "The hill behind {where} was our laboratory.",
                "Steers better than it looks.",
                "Handed down twice before it is worn out.",
            ],
        },
    ],
};
