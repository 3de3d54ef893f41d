//! The token pass before parsing: keeps the parser's recursion shallow, names what is not allowed, finds secrets.
//!
//! minijinja's parser recurses without a limit on `not not not …`, `- - - …` and `elif` chains, and builds deep trees
//! from `a.b.c.d…` without recursing. All of these are bounded by the number of tokens in one tag and of tags in one
//! leaf, so both are checked on the token stream, which the lexer produces without recursion.

use std::borrow::Cow;

use minijinja::machinery::{Span, Token, tokenize};
use minijinja::syntax::SyntaxConfig;

use crate::error::Problem;

/// Bytes of one template. A long system prompt is about 20 KiB.
const MAX_SOURCE_BYTES: usize = 64 * 1024;
/// Tokens in one `{{ … }}` or `{% … %}`: the longest recursion of the parser inside a tag.
const MAX_TAG_TOKENS: usize = 512;
/// Tags in one leaf: the longest `elif` chain.
const MAX_TAGS: usize = 256;
/// Open brackets inside a tag. Each level costs the parser about 15 stack frames, in a debug build 30 KiB; its own limit
/// of 75 levels overflows the 2 MiB stack of a thread there.
const MAX_BRACKETS: usize = 16;
/// Open `if` and `for` blocks around a place.
const MAX_NESTING: usize = 16;

/// Advice for a secret in the wrong place.
pub(super) const SECRET_PLACES: &str = "{{ secret.NAME }} may stand alone in the URL path, the query and the headers, never in a body.";

/// Where a template stands, for error messages.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// JSON pointer of the leaf inside the definition.
    pub(super) path: String,
    /// Line of the leaf on which this piece of its source begins, counted from 1.
    pub(super) first_line: usize,
}

impl Place {
    /// The whole leaf at `path`.
    pub(super) fn whole(path: &str) -> Self {
        Self { path: path.to_owned(), first_line: 1 }
    }

    /// A definition error on a line of this piece (counted from 1).
    pub(super) fn invalid(&self, line: usize, reason: impl AsRef<str>) -> Problem {
        let line = self.line(line);
        Problem::bad("template_invalid", format!("template at {}, line {line}: {}", self.path, reason.as_ref()))
    }

    /// The line of the leaf that a line of this piece is.
    pub(super) fn line(&self, line: usize) -> usize {
        self.first_line + line.saturating_sub(1)
    }
}

/// A piece of a source.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Template text that starts on this line.
    Source(&'a str, usize),
    /// `{{ secret.NAME }}`.
    Secret(&'a str),
}

/// Whether `source` holds a tag at all; without one it is literal text.
pub(super) fn is_template(source: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|mark| source.contains(mark))
}

/// The dialect: as written by default, but a final newline is kept.
pub(super) fn syntax() -> SyntaxConfig {
    let mut builder = SyntaxConfig::builder();
    builder.keep_trailing_newline(true);
    // Only custom delimiters can fail to build, and there are none.
    builder.build().unwrap_or_default()
}

/// Checks the tokens of a source and splits it at its secrets.
pub(super) fn split<'a>(source: &'a str, place: &Place) -> Result<Vec<Piece<'a>>, Problem> {
    if source.len() > MAX_SOURCE_BYTES {
        let reason = format!("it has {} bytes, at most {MAX_SOURCE_BYTES} are allowed", source.len());
        return Err(place.invalid(1, reason));
    }
    if !is_template(source) {
        return Ok(vec![Piece::Source(source, 1)]);
    }
    let tokens = tokens(source, place)?;
    let mut scan = Scan { source, place, nesting: 0, tags: 0, tag_tokens: 0, brackets: 0, end: 0 };
    let mut pieces = Vec::new();
    let mut start = (0, 1);
    for (index, (token, span)) in tokens.iter().enumerate() {
        scan.token(token, span, tokens.get(index + 1).map(|next| &next.0))?;
        if !matches!(token, Token::VariableStart) || !names_secret(&tokens[index + 1..]) {
            continue;
        }
        let (name, last) = scan.secret(&tokens[index..])?;
        pieces.push(Piece::Source(&source[start.0..span.start_offset as usize], start.1));
        pieces.push(Piece::Secret(name));
        start = (last.end_offset as usize, usize::from(last.end_line));
    }
    scan.gap(source.len(), usize::from(tokens.last().map_or(1, |token| token.1.end_line)))?;
    pieces.push(Piece::Source(&source[start.0..], start.1));
    pieces.retain(|piece| !matches!(piece, Piece::Source("", _)));
    Ok(pieces)
}

/// The tokens of a source, with the lexer's error as a problem.
pub(super) fn tokens<'a>(source: &'a str, place: &Place) -> Result<Vec<(Token<'a>, Span)>, Problem> {
    tokenize(source, false, syntax()).collect::<Result<_, _>>().map_err(|error| place.invalid(error.line().unwrap_or(1), reason_of(&error)))
}

/// What minijinja says about a source. It has seen no payload yet, so its words are safe to show.
pub(super) fn reason_of(error: &minijinja::Error) -> Cow<'_, str> {
    error.detail().map_or_else(|| error.kind().to_string().into(), Cow::from)
}

fn names_secret(after_start: &[(Token<'_>, Span)]) -> bool {
    matches!(after_start.first(), Some((Token::Ident("secret"), _)))
}

/// `[A-Z][A-Z0-9_]{0,62}`.
fn is_secret_name(name: &str) -> bool {
    let starts_well = name.starts_with(|first: char| first.is_ascii_uppercase());
    let allowed = |c: u8| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'_';
    starts_well && name.len() <= 63 && name.bytes().all(allowed)
}

struct Scan<'a, 'p> {
    source: &'a str,
    place: &'p Place,
    nesting: usize,
    tags: usize,
    tag_tokens: usize,
    brackets: usize,
    /// Where the previous token ended.
    end: usize,
}

impl<'a> Scan<'a, '_> {
    fn token(&mut self, token: &Token<'a>, span: &Span, next: Option<&Token<'a>>) -> Result<(), Problem> {
        let line = usize::from(span.start_line);
        self.gap(span.start_offset as usize, line)?;
        self.end = span.end_offset as usize;
        self.tag_tokens += 1;
        if matches!(token, Token::VariableStart | Token::BlockStart) {
            self.tags += 1;
            self.tag_tokens = 0;
            self.brackets = 0;
        }
        if matches!(token, Token::BlockStart) {
            self.keyword(next, line)?;
        }
        match token {
            Token::ParenOpen | Token::BracketOpen | Token::BraceOpen => self.brackets += 1,
            Token::ParenClose | Token::BracketClose | Token::BraceClose => {
                self.brackets = self.brackets.saturating_sub(1);
            }
            _ => {}
        }
        self.limits(line)
    }

    fn limits(&self, line: usize) -> Result<(), Problem> {
        if self.tags > MAX_TAGS {
            return Err(self.place.invalid(line, format!("more than {MAX_TAGS} tags")));
        }
        if self.tag_tokens > MAX_TAG_TOKENS {
            let reason = format!("a tag with more than {MAX_TAG_TOKENS} words and signs");
            return Err(self.place.invalid(line, reason));
        }
        if self.brackets > MAX_BRACKETS {
            return Err(self.place.invalid(line, format!("brackets nested deeper than {MAX_BRACKETS}")));
        }
        Ok(())
    }

    /// Between tokens stand only space and comments; anything else is a `raw` tag, which the lexer swallows.
    fn gap(&self, until: usize, line: usize) -> Result<(), Problem> {
        let mut gap = self.source.get(self.end..until).unwrap_or_default().trim();
        while let Some(comment) = gap.strip_prefix("{#") {
            gap = comment.split_once("#}").map_or("", |(_, after)| after).trim_start();
        }
        if gap.is_empty() {
            return Ok(());
        }
        Err(self.place.invalid(line, "the tag raw is not allowed").hint("Write {{ '{{' }} for two braces."))
    }

    fn keyword(&mut self, keyword: Option<&Token<'a>>, line: usize) -> Result<(), Problem> {
        match keyword {
            Some(Token::Ident("if" | "for")) => self.nesting += 1,
            Some(Token::Ident("endif" | "endfor")) => self.nesting = self.nesting.saturating_sub(1),
            Some(Token::Ident("elif" | "else")) => {}
            Some(Token::Ident(other)) => {
                let reason = format!("the tag {other} is not allowed, only if and for are");
                return Err(self.place.invalid(line, reason));
            }
            _ => return Err(self.place.invalid(line, "a tag must begin with if or for")),
        }
        if self.nesting > MAX_NESTING {
            return Err(self.place.invalid(line, format!("blocks nested deeper than {MAX_NESTING}")));
        }
        Ok(())
    }

    /// Reads `{{ secret.NAME }}` at the start of `tokens`: its name and its last token.
    fn secret(&self, tokens: &[(Token<'a>, Span)]) -> Result<(&'a str, Span), Problem> {
        let line = usize::from(tokens[0].1.start_line);
        let wrong =
            |reason: &str| self.place.invalid(line, reason).hint("Write it as {{ secret.NAME }}, outside of if and for, NAME in capitals.");
        let [(_, first), _, (Token::Dot, _), (Token::Ident(name), _), (Token::VariableEnd, last), ..] = tokens else {
            return Err(wrong("a secret may not be part of an expression"));
        };
        if !is_secret_name(name) {
            return Err(wrong("the name of a secret has 1 to 63 characters A-Z, 0-9 and _, a letter first"));
        }
        if self.nesting > 0 {
            return Err(wrong("a secret may not stand inside if or for"));
        }
        // `{{-` and `-}}` trim the text around them, which is lost when the source is split here.
        if first.end_offset - first.start_offset != 2 || last.end_offset - last.start_offset != 2 {
            return Err(wrong("a secret may not be written with {{- or -}}"));
        }
        Ok((name, *last))
    }
}
