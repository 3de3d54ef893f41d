//! Examples for a regular expression: the plain part of the syntax that schemas use, refused beyond it.

use std::iter::Peekable;
use std::str::Chars;

use super::seed::Seeded;

/// How often `*`, `+` and `{n,}` repeat beyond their minimum.
const EXTRA_REPEATS: u32 = 6;

/// Most repeats of one piece, and deepest nesting; both only keep a hostile pattern cheap.
const MAX_REPEATS: u32 = 1000;
const MAX_DEPTH: usize = 32;

/// Characters of an example at most; reached only by nested repeats.
const MAX_LENGTH: usize = 100_000;

/// A pattern that examples can be made for.
pub(super) struct Pattern(Node);

enum Node {
    OneOf(Vec<char>),
    Sequence(Vec<Node>),
    Either(Vec<Node>),
    Repeat(Box<Node>, u32, u32),
}

impl Pattern {
    /// Reads a pattern; the error says what in it is not supported.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { rest: text.chars().peekable(), depth: 0 };
        let node = parser.either().map_err(|what| format!("the sandbox cannot make examples for the pattern '{text}': {what}"))?;
        match parser.rest.next() {
            None => Ok(Self(node)),
            Some(_) => Err(format!("the pattern '{text}' closes a group that it does not open")),
        }
    }

    /// A string the pattern matches.
    pub(super) fn example(&self, random: &mut Seeded) -> String {
        let mut out = String::new();
        write(&self.0, random, &mut out);
        out
    }
}

fn write(node: &Node, random: &mut Seeded, out: &mut String) {
    if out.len() > MAX_LENGTH {
        return;
    }
    match node {
        Node::OneOf(chars) => out.push(*random.pick(chars)),
        Node::Sequence(nodes) => nodes.iter().for_each(|node| write(node, random, out)),
        Node::Either(nodes) => write(random.pick(nodes), random, out),
        Node::Repeat(node, least, most) => {
            let times = u64::from(*least) + random.below(u64::from(most - least) + 1);
            (0..times).for_each(|_| write(node, random, out));
        }
    }
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
    depth: usize,
}

impl Parser<'_> {
    fn either(&mut self) -> Result<Node, String> {
        let mut choices = vec![self.sequence()?];
        while self.rest.next_if_eq(&'|').is_some() {
            choices.push(self.sequence()?);
        }
        Ok(Node::Either(choices))
    }

    fn sequence(&mut self) -> Result<Node, String> {
        let mut nodes = Vec::new();
        while let Some(c) = self.rest.next_if(|c| *c != '|' && *c != ')') {
            let node = match c {
                // Anchors: an example is matched as a whole anyway.
                '^' | '$' => continue,
                '(' => self.group()?,
                '[' => self.class()?,
                '\\' => Node::OneOf(self.escape()?),
                '.' => Node::OneOf(letters_and_digits()),
                '*' | '+' | '?' | '{' => return Err(format!("'{c}' repeats nothing")),
                c => Node::OneOf(vec![c]),
            };
            nodes.push(self.repeated(node)?);
        }
        Ok(Node::Sequence(nodes))
    }

    fn group(&mut self) -> Result<Node, String> {
        if self.rest.next_if_eq(&'?').is_some() && self.rest.next() != Some(':') {
            return Err("groups that start with '(?' other than '(?:'".to_owned());
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("groups nested deeper than {MAX_DEPTH}"));
        }
        let inside = self.either()?;
        self.depth -= 1;
        self.rest.next_if_eq(&')').map(|_| inside).ok_or_else(|| "a group that is not closed".to_owned())
    }

    fn repeated(&mut self, node: Node) -> Result<Node, String> {
        let (least, most) = match self.rest.peek() {
            Some('*') => (0, EXTRA_REPEATS),
            Some('+') => (1, 1 + EXTRA_REPEATS),
            Some('?') => (0, 1),
            Some('{') => return self.counted(node),
            _ => return Ok(node),
        };
        self.rest.next();
        self.lazy_mark(Node::Repeat(Box::new(node), least, most))
    }

    /// `{3}`, `{3,}` or `{3,5}`.
    fn counted(&mut self, node: Node) -> Result<Node, String> {
        let count: String = self.rest.by_ref().skip(1).take_while(|c| *c != '}').collect();
        let bad = || format!("the count '{{{count}}}'");
        let read = |text: &str| text.parse::<u32>().ok().filter(|number| *number <= MAX_REPEATS).ok_or_else(bad);
        let (least, most) = match count.split_once(',') {
            None => (read(&count)?, read(&count)?),
            Some((least, "")) => (read(least)?, read(least)? + EXTRA_REPEATS),
            Some((least, most)) => (read(least)?, read(most)?),
        };
        if least > most {
            return Err(bad());
        }
        self.lazy_mark(Node::Repeat(Box::new(node), least, most))
    }

    /// `*?` takes as little as it can, which changes nothing about what matches; anything else here is an error.
    fn lazy_mark(&mut self, node: Node) -> Result<Node, String> {
        self.rest.next_if_eq(&'?');
        match self.rest.peek() {
            Some(c) if "*+?{".contains(*c) => Err(format!("'{c}' after another repeat")),
            _ => Ok(node),
        }
    }

    fn class(&mut self) -> Result<Node, String> {
        let negated = self.rest.next_if_eq(&'^').is_some();
        let mut chars: Vec<char> = Vec::new();
        loop {
            let start = match self.rest.next().ok_or("a class that is not closed")? {
                ']' => break,
                '\\' => self.escape()?,
                c => vec![c],
            };
            chars.extend(self.range(start)?);
        }
        if negated {
            chars = letters_and_digits().into_iter().chain([' ', '-', '_']).filter(|c| !chars.contains(c)).collect();
        }
        if chars.is_empty() { Err("a class without characters".to_owned()) } else { Ok(Node::OneOf(chars)) }
    }

    /// The characters from `start` to what follows a hyphen, or `start` itself.
    fn range(&mut self, start: Vec<char>) -> Result<Vec<char>, String> {
        let mut ahead = self.rest.clone();
        let is_range = start.len() == 1 && ahead.next() == Some('-') && ahead.next().is_some_and(|c| c != ']');
        if !is_range {
            return Ok(start);
        }
        self.rest.next();
        let end = match self.rest.next() {
            Some('\\') => self.escape()?,
            end => end.into_iter().collect(),
        };
        match (start[0], end.as_slice()) {
            (low, [high]) if low <= *high => Ok((low..=*high).collect()),
            _ => Err("a range whose ends are not in order".to_owned()),
        }
    }

    fn escape(&mut self) -> Result<Vec<char>, String> {
        match self.rest.next() {
            Some('d') => Ok(('0'..='9').collect()),
            Some('w') => Ok(letters_and_digits().into_iter().chain(['_']).collect()),
            Some('s') => Ok(vec![' ']),
            Some('S') => Ok(letters_and_digits()),
            Some('n') => Ok(vec!['\n']),
            Some('t') => Ok(vec!['\t']),
            Some(c) if !c.is_alphanumeric() => Ok(vec![c]),
            Some(c) => Err(format!("'\\{c}'")),
            None => Err("a backslash at its end".to_owned()),
        }
    }
}

fn letters_and_digits() -> Vec<char> {
    ('a'..='z').chain('A'..='Z').chain('0'..='9').collect()
}
