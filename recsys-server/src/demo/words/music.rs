//! Records.

use super::{Department, RangeInclusiveOf, Theme};

pub(super) const MUSIC: Department = Department {
    name: "Music",
    price: RangeInclusiveOf { low: 11, high: 38 },
    measure: ("minutes", RangeInclusiveOf { low: 28, high: 79 }),
    themes: &[
        Theme {
            tag: "jazz",
            topic: "music",
            titles: &["{a} {n}", "{n} at {p}", "Blues for {p}"],
            a: &["Blue", "After-Hours", "Sideways", "Slow", "Uptown", "Rainy", "Half-Past", "Cool"],
            n: &["Standards", "Quartet", "Taxi", "Sessions", "Corner", "Swing", "Brass", "Conversation"],
            p: &["the Copper Room", "Pier Nine", "Two O'Clock", "Miss Ida", "the Night Owl", "Tollen Bridge"],
            about: &[
                "Recorded live in one evening, coughs included.",
                "Piano, bass, drums and {who} on clarinet.",
                "The house band of {where} plays what nobody asked for, beautifully.",
                "Side B is for after the guests have left.",
            ],
        },
        Theme {
            tag: "folk",
            topic: "mountains",
            titles: &["{a} {n}", "The {n} of {p}", "{n} by the Fire"],
            a: &["Old", "Barley", "Wandering", "Hill", "Harvest", "Crooked", "Winter", "Lowland"],
            n: &["Songs", "Ballads", "Fiddle", "Road", "Reels", "Shepherd", "Harvest", "Lullabies"],
            p: &["Upper Quill", "the Valley", "the Drowned Village", "the Long Winter", "Little Thaw", "the Hills"],
            about: &[
                "Songs collected on foot between {where} and the next inn.",
                "Fiddle, harmonium and the voice of {who}.",
                "You know the tunes already; here are the words.",
                "Recorded in a barn, with permission of the swallows.",
            ],
        },
        Theme {
            tag: "ambient",
            topic: "space",
            titles: &["{a} {n}", "{n} for {p}", "{n} ({p})"],
            a: &["Pale", "Weightless", "Distant", "Slow", "Glass", "Tidal", "Empty", "Lunar"],
            n: &["Fields", "Drift", "Stations", "Weather", "Rooms", "Signals", "Hours", "Horizon"],
            p: &["Airports", "Snow", "Night Trains", "Sleep", "Satellites", "Low Light"],
            about: &[
                "Forty minutes in which nothing happens, in the best way.",
                "Made from recordings of the harbour of {where} at night.",
                "Good for reading, better for staring at the ceiling.",
                "One chord, seen from every side by {who}.",
            ],
        },
        Theme {
            tag: "piano",
            topic: "winter",
            titles: &["{a} {n}", "{n} in {p}", "Twelve {a} {n}"],
            a: &["Small", "Quiet", "Winter", "Unfinished", "Evening", "Left-Hand", "Early", "Simple"],
            n: &["Preludes", "Nocturnes", "Etudes", "Waltzes", "Sketches", "Variations", "Letters", "Miniatures"],
            p: &["Grey", "E Minor", "an Empty Hall", "November", "Snow", "Three Colours"],
            about: &[
                "An upright piano, one microphone and {who}.",
                "Short pieces for long evenings.",
                "Recorded in the town hall of {where} while it snowed.",
                "The pedal creaks in the fourth piece; we left it in.",
            ],
        },
        Theme {
            tag: "synth",
            topic: "space",
            titles: &["{a} {n}", "{n} {p}", "{p} Drive"],
            a: &["Neon", "Analog", "Chrome", "Midnight", "Solar", "Magnetic", "Violet", "Turbo"],
            n: &["Arcade", "Circuit", "Highway", "Pulse", "Romance", "Voltage", "Skyline", "Machine"],
            p: &["84", "Overture", "Nights", "II", "Cruise", "Meridian"],
            about: &[
                "Nine machines, one blown fuse and no presets.",
                "For driving through {where} after dark, at a legal speed.",
                "All melodies played by hand, insists {who}.",
                "The cassette sounds better, but the record looks better.",
            ],
        },
    ],
};
