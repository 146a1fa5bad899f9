//! Expressions as they are written: [`Expr`].

use super::fields::Fields;
use super::lexer::{Token, What, at, tokens};

/// The depth of parentheses and `not`, so that no expression exhausts the stack.
const MAX_DEPTH: usize = 100;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Test(Test),
    Not(Box<Self>),
    /// A chain of any length: it is not nested.
    All(Vec<Self>),
    Any(Vec<Self>),
}

/// A field, and what is asked of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Test {
    pub(super) path: Path,
    pub(super) is: Is,
    /// Where the literal is.
    column: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path {
    pub(super) steps: Vec<String>,
    pub(super) column: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Is {
    Equal(Literal),
    NotEqual(Literal),
    Less(Literal),
    LessOrEqual(Literal),
    Greater(Literal),
    GreaterOrEqual(Literal),
    In(Vec<Literal>),
    Containing(Literal),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Null,
    Boolean(bool),
    Long(i64),
    Double(f64),
    Text(String),
}

/// Parses an expression.
pub(super) fn parse(text: &str) -> Result<Expr, String> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: tokens.into_iter().peekable(), depth: 0 };
    let expr = parser.or()?;
    match parser.next() {
        Token { what: What::End, .. } => Ok(expr),
        token => Err(unexpected("`and`, `or` or the end", &token)),
    }
}

impl Expr {
    /// Checks every test against the events of the program.
    pub(super) fn check(&self, fields: &Fields) -> Result<(), String> {
        match self {
            Self::Test(test) => {
                let kinds = fields.of(&test.path.steps).map_err(|error| at(test.path.column, &error))?;
                kinds.check(&test.is).map_err(|error| at(test.column, &error))
            }
            Self::Not(inner) => inner.check(fields),
            Self::All(chain) | Self::Any(chain) => chain.iter().try_for_each(|each| each.check(fields)),
        }
    }
}

impl Is {
    pub(super) fn literals(&self) -> &[Literal] {
        match self {
            Self::In(list) => list,
            Self::Equal(literal)
            | Self::NotEqual(literal)
            | Self::Less(literal)
            | Self::LessOrEqual(literal)
            | Self::Greater(literal)
            | Self::GreaterOrEqual(literal)
            | Self::Containing(literal) => std::slice::from_ref(literal),
        }
    }
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    depth: usize,
}

impl Parser {
    fn next(&mut self) -> Token {
        self.tokens.next().unwrap_or(Token { what: What::End, column: 0 })
    }

    /// Takes the next token if it is this one.
    fn take(&mut self, what: &What) -> bool {
        self.tokens.next_if(|token| token.what == *what).is_some()
    }

    fn take_word(&mut self, word: &str) -> bool {
        self.take(&What::Word(word.to_owned()))
    }

    fn take_sign(&mut self, sign: &'static str) -> bool {
        self.take(&What::Sign(sign))
    }

    fn or(&mut self) -> Result<Expr, String> {
        let mut chain = vec![self.and()?];
        while self.take_word("or") {
            chain.push(self.and()?);
        }
        Ok(one_or(Expr::Any, chain))
    }

    fn and(&mut self) -> Result<Expr, String> {
        let mut chain = vec![self.not()?];
        while self.take_word("and") {
            chain.push(self.not()?);
        }
        Ok(one_or(Expr::All, chain))
    }

    fn not(&mut self) -> Result<Expr, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("more than {MAX_DEPTH} parentheses and `not` inside each other"));
        }
        let expr = if self.take_word("not") {
            Expr::Not(Box::new(self.not()?))
        } else if self.take_sign("(") {
            let inner = self.or()?;
            match self.next() {
                Token { what: What::Sign(")"), .. } => inner,
                token => return Err(unexpected("`)`", &token)),
            }
        } else {
            Expr::Test(self.test()?)
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn test(&mut self) -> Result<Test, String> {
        let path = self.path()?;
        let operator = self.tokens.next_if(|token| match &token.what {
            What::Sign(sign) => ["==", "!=", "<", "<=", ">", ">="].contains(sign),
            What::Word(word) => word == "in" || word == "contains",
            What::Text(_) | What::Long(_) | What::Double(_) | What::End => false,
        });
        // A path alone is that of a boolean.
        let Some(operator) = operator else {
            let column = path.column;
            return Ok(Test { path, is: Is::Equal(Literal::Boolean(true)), column });
        };
        let column = self.tokens.peek().map_or(0, |token| token.column);
        let is = match operator.what {
            What::Word(word) if word == "in" => Is::In(self.list()?),
            What::Word(_) => Is::Containing(self.literal()?),
            What::Sign("!=") => Is::NotEqual(self.literal()?),
            What::Sign("<") => Is::Less(self.literal()?),
            What::Sign("<=") => Is::LessOrEqual(self.literal()?),
            What::Sign(">") => Is::Greater(self.literal()?),
            What::Sign(">=") => Is::GreaterOrEqual(self.literal()?),
            _ => Is::Equal(self.literal()?),
        };
        Ok(Test { path, is, column })
    }

    fn path(&mut self) -> Result<Path, String> {
        let mut steps = Vec::new();
        let mut column = 0;
        loop {
            let token = self.next();
            if steps.is_empty() {
                column = token.column;
            }
            match token.what {
                What::Word(word) => steps.push(word),
                What::Text(text) if !steps.is_empty() => steps.push(text),
                _ => return Err(unexpected("the path of a field", &token)),
            }
            if !self.take_sign(".") {
                return Ok(Path { steps, column });
            }
        }
    }

    fn list(&mut self) -> Result<Vec<Literal>, String> {
        if !self.take_sign("[") {
            return Err(unexpected("a list, such as `[\"audit\", \"verified\"]`", &self.next()));
        }
        let mut list = Vec::new();
        if self.take_sign("]") {
            return Ok(list);
        }
        loop {
            list.push(self.literal()?);
            match self.next() {
                Token { what: What::Sign("]"), .. } => return Ok(list),
                Token { what: What::Sign(","), .. } => {}
                token => return Err(unexpected("`,` or `]`", &token)),
            }
        }
    }

    fn literal(&mut self) -> Result<Literal, String> {
        let token = self.next();
        Ok(match token.what {
            What::Text(text) => Literal::Text(text),
            What::Long(number) => Literal::Long(number),
            What::Double(number) => Literal::Double(number),
            What::Word(ref word) if word == "true" => Literal::Boolean(true),
            What::Word(ref word) if word == "false" => Literal::Boolean(false),
            What::Word(ref word) if word == "null" => Literal::Null,
            What::Word(ref word) => {
                return Err(at(
                    token.column,
                    &format!("`{word}` is not a value; text is in quotes: \"{word}\""),
                ));
            }
            What::Sign(_) | What::End => return Err(unexpected("a value", &token)),
        })
    }
}

/// The only expression of a chain, or the chain.
fn one_or(of: fn(Vec<Expr>) -> Expr, mut chain: Vec<Expr>) -> Expr {
    match (chain.pop(), chain.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            chain.extend(last);
            of(chain)
        }
    }
}

fn unexpected(expected: &str, token: &Token) -> String {
    let found = match &token.what {
        What::Word(word) => format!("`{}`", word.escape_debug()),
        What::Text(_) => "text in quotes".to_owned(),
        What::Long(number) => format!("`{number}`"),
        What::Double(number) => format!("`{number}`"),
        What::Sign(sign) => format!("`{sign}`"),
        What::End => "the end".to_owned(),
    };
    at(token.column, &format!("expected {expected}, found {found}"))
}
