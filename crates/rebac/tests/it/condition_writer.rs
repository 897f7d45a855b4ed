//! Random expressions that are mostly well-typed.

/// A small generator of its own, so that a seed says everything.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % sides as u64).unwrap()
    }

    pub fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.roll(of.len())]
    }
}

#[derive(Clone, Copy)]
pub enum Sort {
    Bool,
    Int,
    Uint,
    Double,
    Text,
    Time,
    Duration,
    Ints,
    Texts,
    Dyn,
}

pub struct Writer<'a> {
    dice: &'a mut Dice,
    /// Variables of folds around, which are ints or texts.
    ints: Vec<String>,
    texts: Vec<String>,
}

impl<'a> Writer<'a> {
    pub fn new(dice: &'a mut Dice) -> Self {
        Self { dice, ints: Vec::new(), texts: Vec::new() }
    }

    /// An expression of a type; `{name}` in a template is another of that type.
    pub fn write(&mut self, sort: Sort, depth: usize) -> String {
        let templates = if depth == 0 { leaves(sort) } else { branches(sort) };
        let chosen = match sort {
            Sort::Int if !self.ints.is_empty() && self.dice.roll(3) == 0 => {
                self.ints.last().cloned().unwrap()
            }
            Sort::Text if !self.texts.is_empty() && self.dice.roll(3) == 0 => {
                self.texts.last().cloned().unwrap()
            }
            _ => self.dice.pick(templates).to_owned(),
        };
        self.fill(&chosen, depth.saturating_sub(1))
    }

    fn fill(&mut self, template: &str, depth: usize) -> String {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('<') {
            let Some((name, after)) = after.split_once('>').filter(|(name, _)| name.len() == 1) else {
                out.push_str(before);
                out.push('<');
                rest = after;
                continue;
            };
            out.push_str(before);
            let piece = match name {
                "B" => self.write(Sort::Bool, depth),
                "I" => self.write(Sort::Int, depth),
                "U" => self.write(Sort::Uint, depth),
                "D" => self.write(Sort::Double, depth),
                "S" => self.write(Sort::Text, depth),
                "T" => self.write(Sort::Time, depth),
                "R" => self.write(Sort::Duration, depth),
                "L" => self.write(Sort::Ints, depth),
                "M" => self.write(Sort::Texts, depth),
                "Y" => self.write(Sort::Dyn, depth),
                "=" => self.dice.pick(&["==", "!=", "<", "<=", ">", ">="]).to_owned(),
                "q" => self.dice.pick(&["==", "!="]).to_owned(),
                // What a fold goes through, its variable, and what it says of it.
                "i" | "s" => {
                    let (macro_name, after_body) = after.split_once(';').unwrap();
                    rest = after_body;
                    out.push_str(&self.fold(name == "i", macro_name, depth));
                    continue;
                }
                other => panic!("<{other}>"),
            };
            out.push_str(&piece);
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn fold(&mut self, ints: bool, macro_name: &str, depth: usize) -> String {
        let range = self.write(if ints { Sort::Ints } else { Sort::Texts }, depth);
        let variable = format!("v{}", self.ints.len() + self.texts.len());
        let of = if ints { &mut self.ints } else { &mut self.texts };
        of.push(variable.clone());
        let body = match macro_name {
            "map" if ints => self.write(Sort::Int, depth),
            "map" => self.write(Sort::Text, depth),
            "map3" => format!("{}, {}", self.write(Sort::Bool, depth), self.write(Sort::Int, depth)),
            _ => self.write(Sort::Bool, depth),
        };
        if ints {
            self.ints.pop();
        } else {
            self.texts.pop();
        }
        format!("{range}.{}({variable}, {body})", macro_name.trim_end_matches('3'))
    }
}

fn leaves(sort: Sort) -> &'static [&'static str] {
    match sort {
        Sort::Bool => &["true", "false", "b", "b"],
        Sort::Int => &["0", "1", "2", "-1", "9223372036854775807", "-9223372036854775808", "i", "j", "i"],
        Sort::Uint => &["0u", "1u", "18446744073709551615u", "u", "u"],
        Sort::Double => &["0.0", "1.5", "-2.0", "1e300", "d", "d"],
        Sort::Text => &["\"\"", "\"a\"", "\"abc\"", "'ä€'", "\"10\"", "s", "t", "s"],
        Sort::Time => &["ts", "tt", "ts", "timestamp(\"2024-02-29T12:34:56.789Z\")", "timestamp(0)"],
        Sort::Duration => &["du", "du", "duration(\"1h30m\")", "duration(\"-2.5s\")", "duration(\"0\")"],
        Sort::Ints => &["l", "l", "[1, 2, 3]", "[]", "[i, 1]"],
        Sort::Texts => &["ls", "ls", "[\"a\", \"b\"]", "[s]"],
        Sort::Dyn => &["a", "a.x", "a.y.z", "a[0]", "dyn(i)", "dyn(u)", "dyn(d)", "dyn(s)", "null", "dyn(1)"],
    }
}

fn branches(sort: Sort) -> &'static [&'static str] {
    match sort {
        Sort::Bool => &[
            "(<B> && <B>)",
            "(<B> || <B>)",
            "!<B>",
            "(<B> ? <B> : <B>)",
            "<I> <=> <I>",
            "<I> <=> <I>",
            "<U> <=> <U>",
            "<D> <=> <D>",
            "<S> <=> <S>",
            "<T> <=> <T>",
            "<R> <=> <R>",
            "<L> <q> <L>",
            "<M> <q> <M>",
            "<Y> <=> <Y>",
            "<Y> <q> <I>",
            "<Y> <q> <D>",
            "<I> in <L>",
            "<S> in <M>",
            "<I> in [1, 2, 3]",
            "<S> in [\"a\", \"abc\"]",
            "<S> in m",
            "<Y> in [1, 2u, 1.5]",
            "<Y> in a",
            "has(m.k)",
            "has(a.x)",
            "has(a.y.z)",
            "<i>all;",
            "<i>exists;",
            "<i>exists_one;",
            "<s>all;",
            "<s>exists;",
            "m.all(k, m[k] == m[k])",
            "<S>.startsWith(<S>)",
            "<S>.endsWith(<S>)",
            "<S>.contains(<S>)",
            "<S>.matches(\"^a.*c?$\")",
            "<S>.matches('[b-d]+|\\\\d{2}')",
            "matches(<S>, \"(?i)^A\")",
            "<S>.matches(<S>)",
            "bool(<S>)",
            "ip.in_cidr(\"10.0.0.0/8\")",
            "ip.in_cidr(\"2001:db8::/32\")",
            "ip.in_cidr(<S>)",
            "ip == ipaddress(\"10.1.1.1\")",
            "type(<Y>) == type(<I>)",
            "type(<S>) == string",
            "{\"a\": <I>, <S>: 2}[<S>] == <I>",
            "{1: <B>, 2: <B>}[<I>]",
            "bytes(<S>) <=> bytes(<S>)",
            "b",
        ],
        Sort::Int => &[
            "(<I> + <I>)",
            "(<I> - <I>)",
            "(<I> * <I>)",
            "(<I> / <I>)",
            "(<I> % <I>)",
            "-<I>",
            "size(<S>)",
            "<S>.size()",
            "size(<L>)",
            "size(m)",
            "size(bytes(<S>))",
            "int(<U>)",
            "int(<D>)",
            "int(<S>)",
            "int(<T>)",
            "int(<R>)",
            "<L>[<I>]",
            "l[0]",
            "l[i]",
            "m.k",
            "m[\"a\"]",
            "m[<S>]",
            "(<B> ? <I> : <I>)",
            "(<B> ? i : j)",
            "(<B> ? m : {\"k\": 1}).k",
            "(<B> ? l : [5, 6])[<I>]",
            "<T>.getFullYear()",
            "<T>.getMonth()",
            "<T>.getDayOfYear()",
            "<T>.getDayOfMonth()",
            "<T>.getDate()",
            "<T>.getDayOfWeek()",
            "<T>.getHours()",
            "<T>.getHours(\"+05:30\")",
            "<T>.getDate(\"-08:00\")",
            "<T>.getMinutes()",
            "<T>.getSeconds()",
            "<T>.getMilliseconds()",
            "<R>.getHours()",
            "<R>.getMinutes()",
            "<R>.getSeconds()",
            "<R>.getMilliseconds()",
            "i",
            "3",
        ],
        Sort::Uint => &[
            "(<U> + <U>)",
            "(<U> - <U>)",
            "(<U> * <U>)",
            "(<U> / <U>)",
            "(<U> % <U>)",
            "uint(<I>)",
            "uint(<D>)",
            "uint(<S>)",
            "(<B> ? <U> : u)",
            "u",
        ],
        Sort::Double => &[
            "(<D> + <D>)",
            "(<D> - <D>)",
            "(<D> * <D>)",
            "(<D> / <D>)",
            "-<D>",
            "double(<I>)",
            "double(<U>)",
            "double(<S>)",
            "(<B> ? <D> : d)",
            "d",
        ],
        Sort::Text => &[
            "(<S> + <S>)",
            "string(<I>)",
            "string(<U>)",
            "string(<D>)",
            "string(<B>)",
            "string(<T>)",
            "string(<R>)",
            "string(bytes(<S>))",
            "ls[<I>]",
            "<M>[0]",
            "(<B> ? <S> : s)",
            "s",
        ],
        Sort::Time => &[
            "(<T> + <R>)",
            "(<T> - <R>)",
            "(<R> + <T>)",
            "timestamp(<S>)",
            "timestamp(<I>)",
            "(<B> ? <T> : ts)",
            "ts",
        ],
        Sort::Duration => {
            &["(<R> + <R>)", "(<R> - <R>)", "(<T> - <T>)", "duration(<S>)", "(<B> ? <R> : du)", "du"]
        }
        Sort::Ints => {
            &["[<I>, <I>]", "(<L> + <L>)", "<i>map;", "<i>map3;", "<i>filter;", "(<B> ? <L> : l)", "l"]
        }
        Sort::Texts => &["[<S>, <S>]", "(<M> + <M>)", "<s>map;", "<s>filter;", "(<B> ? <M> : ls)", "ls"],
        Sort::Dyn => &[
            "dyn(<I>)",
            "dyn(<D>)",
            "dyn(<S>)",
            "(<B> ? dyn(<I>) : dyn(<S>))",
            "(<Y> + <Y>)",
            "a.x",
            "a[<I>]",
            "a[<S>]",
            "[1, \"a\"][<I>]",
        ],
    }
}
