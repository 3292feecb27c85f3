//! Films.

use super::{Department, RangeInclusiveOf, Theme};

pub(super) const FILMS: Department = Department {
    name: "Films",
    price: RangeInclusiveOf { low: 6, high: 24 },
    measure: ("minutes", RangeInclusiveOf { low: 71, high: 168 }),
    themes: &[
        Theme {
            tag: "comedy",
            topic: "city",
            titles: &["{a} {n}", "The {n} Always {p}", "My {n}, the {a} One"],
            a: &["Mild", "Reluctant", "Accidental", "Double-Booked", "Overdue", "Perfectly Normal", "Slightly Late", "Honest"],
            n: &["Wedding", "Landlord", "Neighbour", "Choir", "Holiday", "Dentist", "Bus Driver", "Detour"],
            p: &["Rings Twice", "Knows Better", "Pays", "Sings", "Comes Back", "Brings Cake"],
            about: &[
                "Everything that can go wrong in {where} does, in the right order.",
                "A love story between {who} and a parking meter.",
                "Eighty guests, one bathroom and {who}.",
                "The driest comedy ever filmed in {where}, in the rain.",
            ],
        },
        Theme {
            tag: "noir",
            topic: "city",
            titles: &["{a} {n}", "The {n} Wore {p}", "No {n} for {p}"],
            a: &["Cold", "Double", "Neon", "Borrowed", "Paper", "Last", "Blue", "Smoke-Filled"],
            n: &["Alley", "Stranger", "Witness", "Avenue", "Shadow", "Telephone", "Bargain", "Elevator"],
            p: &["Grey", "Silk", "Nobody", "the Innocent", "a Smile", "Midnight"],
            about: &[
                "It rains in {where}, and {who} knows too much.",
                "A missing ledger, a saxophone, and {who} on the fire escape.",
                "Black and white, with a great deal of grey in between.",
                "Nobody in {where} tells the truth before midnight.",
            ],
        },
        Theme {
            tag: "animation",
            topic: "winter",
            titles: &["The {n} and the {p}", "{a} {n}", "The {a} {p}"],
            a: &["Tiny", "Clockwork", "Snowbound", "Purple", "Brave", "Paper", "Sleepy", "Invisible"],
            n: &["Fox", "Otter", "Dragon", "Tortoise", "Kettle", "Hedgehog", "Giant", "Owl"],
            p: &["Moon", "Snow Globe", "Weather Machine", "Lantern", "Mountain", "Last Train"],
            about: &[
                "Hand-drawn over nine years in a studio near {where}.",
                "A small animal, a large coat and a journey to {where}.",
                "For children of all ages, and for {who} above all.",
                "Every snowflake was cut from paper; count them if you like.",
            ],
        },
        Theme {
            tag: "documentary",
            topic: "sea",
            titles: &["The {n} of {p}", "{a} {n}", "Inside the {n}"],
            a: &["Vanishing", "Working", "Secret", "Common", "Deep", "Slow", "Living", "Unseen"],
            n: &["Reef", "Orchestra", "Shipyard", "Kitchen", "Archive", "Glacier", "Market", "Workshop"],
            p: &["Saltmere", "the North", "Tomorrow", "the Night Shift", "the Delta", "One Street"],
            about: &[
                "Four seasons with {who}, without a single word of commentary.",
                "The cameras of {where} saw it first.",
                "A patient look at work that nobody notices until it stops.",
                "What lies under the harbour of {where}.",
            ],
        },
        Theme {
            tag: "science fiction",
            topic: "space",
            titles: &["{a} {n}", "The {n} Beyond {p}", "{p} Station"],
            a: &["Silent", "Distant", "Second", "Hollow", "Amber", "Last", "Parallel", "Frozen"],
            n: &["Orbit", "Signal", "Colony", "Horizon", "Voyager", "Gravity", "Sleeper", "Garden"],
            p: &["Europa", "Tannhaus", "Cygnus", "Lowell", "Perihelion", "Arcadia"],
            about: &[
                "A signal from nowhere is answered by {who}.",
                "The last ship from {where} carries seeds, tools and one stowaway.",
                "Two people, one airlock, and a question of trust.",
                "The future, as {where} imagined it, with much better soup.",
            ],
        },
    ],
};
