//! What providers count and charge for: the units of genai-prices 0.2.3, and `images`, which it has no unit for.
//!
//! A unit is a point in five dimensions, and an empty one means any: input tokens cover cached input tokens, which cover those written to a
//! cache for an hour. What a wider unit counts includes what the narrower ones do.

/// A unit: how it is called in a usage and in a price, how many of it the price is for, and its kind.
struct Definition {
    usage: &'static str,
    price: &'static str,
    per: u64,
    /// Family, direction, modality, type, how long a cache keeps it.
    kind: [&'static str; 5],
}

const fn unit(usage: &'static str, price: &'static str, per: u64, kind: [&'static str; 5]) -> Definition {
    Definition { usage, price, per, kind }
}

#[rustfmt::skip]
const UNITS: [Definition; 60] = [
    unit("input_tokens", "input_mtok", 1_000_000, ["tokens", "input", "", "", ""]),
    unit("output_tokens", "output_mtok", 1_000_000, ["tokens", "output", "", "", ""]),
    unit("cache_read_tokens", "cache_read_mtok", 1_000_000, ["tokens", "input", "", "cache_read", ""]),
    unit("cache_write_tokens", "cache_write_mtok", 1_000_000, ["tokens", "input", "", "cache_write", ""]),
    unit("cache_write_5m_tokens", "cache_write_5m_mtok", 1_000_000, ["tokens", "input", "", "cache_write", "5m"]),
    unit("cache_write_1h_tokens", "cache_write_1h_mtok", 1_000_000, ["tokens", "input", "", "cache_write", "1h"]),
    unit("input_text_tokens", "input_text_mtok", 1_000_000, ["tokens", "input", "text", "", ""]),
    unit("output_text_tokens", "output_text_mtok", 1_000_000, ["tokens", "output", "text", "", ""]),
    unit("cache_text_read_tokens", "cache_text_read_mtok", 1_000_000, ["tokens", "input", "text", "cache_read", ""]),
    unit("cache_text_write_tokens", "cache_text_write_mtok", 1_000_000, ["tokens", "input", "text", "cache_write", ""]),
    unit("cache_text_write_5m_tokens", "cache_text_write_5m_mtok", 1_000_000, ["tokens", "input", "text", "cache_write", "5m"]),
    unit("cache_text_write_1h_tokens", "cache_text_write_1h_mtok", 1_000_000, ["tokens", "input", "text", "cache_write", "1h"]),
    unit("input_audio_tokens", "input_audio_mtok", 1_000_000, ["tokens", "input", "audio", "", ""]),
    unit("output_audio_tokens", "output_audio_mtok", 1_000_000, ["tokens", "output", "audio", "", ""]),
    unit("cache_audio_read_tokens", "cache_audio_read_mtok", 1_000_000, ["tokens", "input", "audio", "cache_read", ""]),
    unit("cache_audio_write_tokens", "cache_audio_write_mtok", 1_000_000, ["tokens", "input", "audio", "cache_write", ""]),
    unit("cache_audio_write_5m_tokens", "cache_audio_write_5m_mtok", 1_000_000, ["tokens", "input", "audio", "cache_write", "5m"]),
    unit("cache_audio_write_1h_tokens", "cache_audio_write_1h_mtok", 1_000_000, ["tokens", "input", "audio", "cache_write", "1h"]),
    unit("input_image_tokens", "input_image_mtok", 1_000_000, ["tokens", "input", "image", "", ""]),
    unit("output_image_tokens", "output_image_mtok", 1_000_000, ["tokens", "output", "image", "", ""]),
    unit("cache_image_read_tokens", "cache_image_read_mtok", 1_000_000, ["tokens", "input", "image", "cache_read", ""]),
    unit("cache_image_write_tokens", "cache_image_write_mtok", 1_000_000, ["tokens", "input", "image", "cache_write", ""]),
    unit("cache_image_write_5m_tokens", "cache_image_write_5m_mtok", 1_000_000, ["tokens", "input", "image", "cache_write", "5m"]),
    unit("cache_image_write_1h_tokens", "cache_image_write_1h_mtok", 1_000_000, ["tokens", "input", "image", "cache_write", "1h"]),
    unit("input_video_tokens", "input_video_mtok", 1_000_000, ["tokens", "input", "video", "", ""]),
    unit("output_video_tokens", "output_video_mtok", 1_000_000, ["tokens", "output", "video", "", ""]),
    unit("cache_video_read_tokens", "cache_video_read_mtok", 1_000_000, ["tokens", "input", "video", "cache_read", ""]),
    unit("cache_video_write_tokens", "cache_video_write_mtok", 1_000_000, ["tokens", "input", "video", "cache_write", ""]),
    unit("cache_video_write_5m_tokens", "cache_video_write_5m_mtok", 1_000_000, ["tokens", "input", "video", "cache_write", "5m"]),
    unit("cache_video_write_1h_tokens", "cache_video_write_1h_mtok", 1_000_000, ["tokens", "input", "video", "cache_write", "1h"]),
    unit("input_tool_tokens", "input_tool_mtok", 1_000_000, ["tokens", "input", "", "tool", ""]),
    unit("input_text_tool_tokens", "input_text_tool_mtok", 1_000_000, ["tokens", "input", "text", "tool", ""]),
    unit("input_audio_tool_tokens", "input_audio_tool_mtok", 1_000_000, ["tokens", "input", "audio", "tool", ""]),
    unit("input_image_tool_tokens", "input_image_tool_mtok", 1_000_000, ["tokens", "input", "image", "tool", ""]),
    unit("input_video_tool_tokens", "input_video_tool_mtok", 1_000_000, ["tokens", "input", "video", "tool", ""]),
    unit("output_reasoning_tokens", "output_reasoning_mtok", 1_000_000, ["tokens", "output", "", "reasoning", ""]),
    unit("output_text_reasoning_tokens", "output_text_reasoning_mtok", 1_000_000, ["tokens", "output", "text", "reasoning", ""]),
    unit("output_audio_reasoning_tokens", "output_audio_reasoning_mtok", 1_000_000, ["tokens", "output", "audio", "reasoning", ""]),
    unit("output_image_reasoning_tokens", "output_image_reasoning_mtok", 1_000_000, ["tokens", "output", "image", "reasoning", ""]),
    unit("output_video_reasoning_tokens", "output_video_reasoning_mtok", 1_000_000, ["tokens", "output", "video", "reasoning", ""]),
    unit("output_citation_tokens", "output_citation_mtok", 1_000_000, ["tokens", "output", "", "citation", ""]),
    unit("output_text_citation_tokens", "output_text_citation_mtok", 1_000_000, ["tokens", "output", "text", "citation", ""]),
    unit("output_audio_citation_tokens", "output_audio_citation_mtok", 1_000_000, ["tokens", "output", "audio", "citation", ""]),
    unit("output_image_citation_tokens", "output_image_citation_mtok", 1_000_000, ["tokens", "output", "image", "citation", ""]),
    unit("output_video_citation_tokens", "output_video_citation_mtok", 1_000_000, ["tokens", "output", "video", "citation", ""]),
    unit("input_characters", "input_mchars", 1_000_000, ["characters", "input", "", "", ""]),
    unit("input_text_messages", "input_text_messages_kcount", 1_000, ["messages", "input", "text", "", ""]),
    unit("audio_seconds", "audio_hours", 3_600, ["durations", "", "audio", "", ""]),
    unit("input_audio_seconds", "input_audio_hours", 3_600, ["durations", "input", "audio", "", ""]),
    unit("output_audio_seconds", "output_audio_hours", 3_600, ["durations", "output", "audio", "", ""]),
    unit("input_pixels", "input_gpixels", 1_000_000_000, ["pixels", "input", "", "", ""]),
    unit("input_document_pages", "input_document_kpages", 1_000, ["document_pages", "input", "", "", ""]),
    unit("input_annotated_document_pages", "input_annotated_document_kpages", 1_000, ["document_pages", "input", "", "annotated", ""]),
    unit("rerank_searches", "rerank_searches_kcount", 1_000, ["rerank", "", "", "", ""]),
    unit("web_searches", "web_searches_kcount", 1_000, ["tool_calls", "", "", "web_search", ""]),
    unit("social_searches", "social_searches_kcount", 1_000, ["tool_calls", "", "", "social_search", ""]),
    unit("storage_searches", "storage_searches_kcount", 1_000, ["tool_calls", "", "", "storage_search", ""]),
    unit("code_executions", "code_executions_kcount", 1_000, ["tool_calls", "", "", "code_execution", ""]),
    unit("requests", "requests_kcount", 1_000, ["requests", "", "", "", ""]),
    unit("images", "images_kcount", 1_000, ["images", "", "", "", ""]),
];

/// What a provider counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit(usize);

impl Unit {
    /// All input tokens, cached ones included.
    pub const INPUT: Self = Self(0);
    /// All output tokens, reasoning included.
    pub const OUTPUT: Self = Self(1);
    /// Input tokens read from a cache.
    pub const CACHE_READ: Self = Self(2);
    /// Input tokens written to a cache.
    pub const CACHE_WRITE: Self = Self(3);
    /// Web searches that the call made.
    pub const WEB_SEARCHES: Self = Self(54);
    /// Calls; a usage that counts none is of one.
    pub const REQUESTS: Self = Self(58);
    /// Images that were made.
    pub const IMAGES: Self = Self(59);

    /// Every unit.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..UNITS.len()).map(Self)
    }

    /// The unit that a usage calls so.
    pub fn of_usage(name: &str) -> Option<Self> {
        Self::all().find(|unit| unit.name() == name)
    }

    /// The unit that a price calls so.
    pub fn of_price(key: &str) -> Option<Self> {
        Self::all().find(|unit| unit.price_key() == key)
    }

    /// Its name in a usage.
    pub fn name(self) -> &'static str {
        UNITS[self.0].usage
    }

    /// Its name in a price.
    pub fn price_key(self) -> &'static str {
        UNITS[self.0].price
    }

    /// How many of it a price is for.
    pub fn per(self) -> u64 {
        UNITS[self.0].per
    }

    /// Whether what this one counts includes what the other counts; every unit covers itself.
    pub fn covers(self, other: Self) -> bool {
        UNITS[self.0].kind.iter().zip(UNITS[other.0].kind).all(|(wide, narrow)| wide.is_empty() || *wide == narrow)
    }

    /// In how many dimensions it is narrowed.
    pub fn narrowness(self) -> usize {
        UNITS[self.0].kind.iter().filter(|word| !word.is_empty()).count()
    }

    /// The widest unit that covers it: all input tokens for cached ones.
    pub fn widest(self) -> Self {
        Self::all().filter(|unit| unit.covers(self)).min_by_key(|unit| unit.narrowness()).unwrap_or(self)
    }

    /// The kind of what both units count, where something can be of both; whether there is a unit for it is another question.
    pub fn join(self, other: Self) -> Option<Join> {
        let mut kind = [""; 5];
        for (place, (one, another)) in UNITS[self.0].kind.into_iter().zip(UNITS[other.0].kind).enumerate() {
            if !one.is_empty() && !another.is_empty() && one != another {
                return None;
            }
            kind[place] = if one.is_empty() { another } else { one };
        }
        Some(Join(Self::all().find(|unit| UNITS[unit.0].kind == kind)))
    }
}

/// What two units have in common: a unit, or something nobody counts.
pub struct Join(pub Option<Unit>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_has_one_name_one_price_and_one_kind() {
        for unit in Unit::all() {
            assert_eq!(Unit::of_usage(unit.name()), Some(unit));
            assert_eq!(Unit::of_price(unit.price_key()), Some(unit));
            assert_eq!(unit.join(unit).and_then(|join| join.0), Some(unit), "{}", unit.name());
        }
    }

    #[test]
    fn the_units_that_have_a_constant_are_those_of_its_name() {
        let named = [Unit::INPUT, Unit::OUTPUT, Unit::CACHE_READ, Unit::CACHE_WRITE, Unit::WEB_SEARCHES, Unit::REQUESTS, Unit::IMAGES];
        let names = named.map(Unit::name);
        assert_eq!(
            names,
            ["input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "web_searches", "requests", "images"]
        );
    }

    #[test]
    fn a_wider_unit_covers_a_narrower_one() {
        let hour = Unit::of_usage("cache_write_1h_tokens").unwrap_or(Unit::OUTPUT);
        assert!(Unit::INPUT.covers(hour) && Unit::CACHE_WRITE.covers(hour) && !Unit::CACHE_READ.covers(hour) && !hour.covers(Unit::INPUT));
        assert_eq!(hour.widest(), Unit::INPUT);
    }

    #[test]
    fn the_divisors_of_all_prices_have_a_common_multiple() {
        for unit in Unit::all() {
            assert_eq!(9_000_000_000 % unit.per(), 0, "{}", unit.name());
        }
    }
}
