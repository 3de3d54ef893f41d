//! The whitelist: which statements, expressions, filters and tests a template may be made of.
//!
//! Everything not named here is refused when the template is compiled. `~` is rewritten into a filter of ours so that it
//! pays for its bytes; `*` and `**` repeat text and are refused; `+` joins texts too, so one side must be a number.

use std::collections::BTreeMap;

use minijinja::machinery::{Span, ast};

use super::operators::{self, is_number};
use super::scan::{self, Place};
use super::vocabulary::{FILTERS, TESTS};
use crate::error::Problem;

/// Loops inside loops: with fuel, three levels already allow 27 x 27 x 27 rounds.
const MAX_LOOPS: usize = 3;
/// Levels of one expression or of blocks around it; the compiler recurses once or twice a level.
const MAX_DEPTH: usize = 64;

/// What checking a template yields.
pub(super) struct Checked {
    /// The source with every `~` rewritten.
    pub(super) source: String,
    /// Whether one step of it may read a whole value of the context: it compares or searches two of them.
    pub(super) costly: bool,
}

/// Checks the template.
pub(super) fn check(source: &str, place: &Place) -> Result<Checked, Problem> {
    let root = minijinja::machinery::parse(source, "template", scan::syntax())
        .map_err(|error| place.invalid(error.line().unwrap_or(1), scan::reason_of(&error)))?;
    let mut checker = Checker { place, chains: BTreeMap::new(), loops: 0, in_iterable: false, costly: false };
    checker.statement(&root)?;
    let source = operators::rewrite(source, checker.chains.values(), place)?;
    Ok(Checked { source, costly: checker.costly })
}

struct Checker<'p> {
    place: &'p Place,
    /// Chains of `~` by where they begin.
    chains: BTreeMap<u32, Span>,
    loops: usize,
    in_iterable: bool,
    costly: bool,
}

impl Checker<'_> {
    fn no<T>(&self, span: Span, reason: impl AsRef<str>) -> Result<T, Problem> {
        Err(self.place.invalid(usize::from(span.start_line), reason))
    }

    fn statements(&mut self, list: &[ast::Stmt<'_>]) -> Result<(), Problem> {
        list.iter().try_for_each(|statement| self.statement(statement))
    }

    fn statement(&mut self, statement: &ast::Stmt<'_>) -> Result<(), Problem> {
        match statement {
            ast::Stmt::Template(template) => self.statements(&template.children),
            ast::Stmt::EmitRaw(_) => Ok(()),
            ast::Stmt::EmitExpr(emit) => self.expression(&emit.expr, 0),
            ast::Stmt::IfCond(cond) => {
                self.expression(&cond.expr, 0)?;
                self.statements(&cond.true_body)?;
                self.statements(&cond.false_body)
            }
            ast::Stmt::ForLoop(for_loop) => self.for_loop(for_loop),
            _ => Err(self.place.invalid(1, "only if and for are allowed as tags")),
        }
    }

    fn for_loop(&mut self, for_loop: &ast::Spanned<ast::ForLoop<'_>>) -> Result<(), Problem> {
        if for_loop.recursive {
            return self.no(for_loop.span(), "a recursive loop is not allowed");
        }
        if self.loops == MAX_LOOPS {
            return self.no(for_loop.span(), format!("loops nested deeper than {MAX_LOOPS}"));
        }
        self.target(&for_loop.target)?;
        self.in_iterable = true;
        let iterable = self.expression(&for_loop.iter, 0);
        self.in_iterable = false;
        iterable?;
        self.loops += 1;
        if let Some(filter) = &for_loop.filter_expr {
            self.expression(filter, 0)?;
        }
        self.statements(&for_loop.body)?;
        self.loops -= 1;
        self.statements(&for_loop.else_body)
    }

    /// A loop variable, or several to unpack into.
    fn target(&self, target: &ast::Expr<'_>) -> Result<(), Problem> {
        match target {
            ast::Expr::Var(var) => self.variable(var),
            ast::Expr::List(list) => list.items.iter().try_for_each(|item| self.target(item)),
            ast::Expr::Tuple(tuple) => tuple.items.iter().try_for_each(|item| self.target(item)),
            other => self.no(other.span(), "a loop variable must be a name"),
        }
    }

    fn variable(&self, var: &ast::Spanned<ast::Var<'_>>) -> Result<(), Problem> {
        if var.id != "secret" {
            return Ok(());
        }
        let refused = self.no(var.span(), "a secret may not stand here");
        refused.map_err(|problem: Problem| problem.hint(scan::SECRET_PLACES))
    }

    fn expression(&mut self, expr: &ast::Expr<'_>, depth: usize) -> Result<(), Problem> {
        if depth > MAX_DEPTH {
            return self.no(expr.span(), format!("an expression nested deeper than {MAX_DEPTH}"));
        }
        let depth = depth + 1;
        match expr {
            ast::Expr::Var(var) => self.variable(var),
            ast::Expr::Const(_) => Ok(()),
            ast::Expr::UnaryOp(op) => self.expression(&op.expr, depth),
            ast::Expr::BinOp(op) => self.operator(op, depth),
            ast::Expr::Compare(compare) => {
                self.costly = true;
                self.expression(&compare.expr, depth)?;
                compare.ops.iter().try_for_each(|op| self.expression(&op.expr, depth))
            }
            ast::Expr::IfExpr(choice) => self.choice(choice, depth),
            ast::Expr::Filter(filter) => {
                self.known(filter.name, "filter", &FILTERS, filter.span())?;
                self.arguments(&filter.args, filter.span(), depth)?;
                filter.expr.iter().try_for_each(|expr| self.expression(expr, depth))
            }
            ast::Expr::Test(test) => {
                self.known(test.name, "test", &TESTS, test.span())?;
                self.costly |= test.name.ends_with("ingwith");
                self.arguments(&test.args, test.span(), depth)?;
                self.expression(&test.expr, depth)
            }
            ast::Expr::GetAttr(get) => self.expression(&get.expr, depth),
            ast::Expr::GetItem(get) => {
                self.expression(&get.expr, depth)?;
                self.expression(&get.subscript_expr, depth)
            }
            ast::Expr::List(list) => self.expressions(&list.items, depth),
            ast::Expr::Tuple(tuple) => self.expressions(&tuple.items, depth),
            ast::Expr::Map(map) => {
                self.expressions(&map.keys, depth)?;
                self.expressions(&map.values, depth)
            }
            ast::Expr::Call(call) => self.no(call.span(), "functions and methods cannot be called"),
            ast::Expr::Slice(slice) => self.no(slice.span(), "slices [a:b] are not allowed"),
        }
    }

    fn expressions(&mut self, list: &[ast::Expr<'_>], depth: usize) -> Result<(), Problem> {
        list.iter().try_for_each(|expr| self.expression(expr, depth))
    }

    fn choice(&mut self, choice: &ast::Spanned<ast::IfExpr<'_>>, depth: usize) -> Result<(), Problem> {
        let Some(otherwise) = &choice.false_expr else {
            return self.no(choice.span(), "an if inside an expression needs an else");
        };
        self.expression(&choice.test_expr, depth)?;
        self.expression(&choice.true_expr, depth)?;
        self.expression(otherwise, depth)
    }

    fn known(&self, name: &str, what: &str, list: &[&str], span: Span) -> Result<(), Problem> {
        if list.contains(&name) {
            return Ok(());
        }
        let refused = self.no(span, format!("there is no {what} {name}"));
        refused.map_err(|problem: Problem| problem.hint(format!("Use one of {}.", list.join(", "))))
    }

    fn arguments(&mut self, list: &[ast::CallArg<'_>], span: Span, depth: usize) -> Result<(), Problem> {
        for argument in list {
            let ast::CallArg::Pos(expr) = argument else {
                return self.no(span, "arguments are given by position, without names and stars");
            };
            self.expression(expr, depth)?;
        }
        Ok(())
    }

    fn operator(&mut self, op: &ast::Spanned<ast::BinOp<'_>>, depth: usize) -> Result<(), Problem> {
        match op.op {
            ast::BinOpKind::Mul | ast::BinOpKind::Pow => {
                return self.no(op.span(), "* and ** are not allowed: they repeat text");
            }
            _ if operators::is_costly(op) => self.costly = true,
            ast::BinOpKind::Add | ast::BinOpKind::Concat if self.in_iterable => {
                return self.no(op.span(), "+ and ~ are not allowed in what a for runs over");
            }
            ast::BinOpKind::Add if !is_number(&op.left) && !is_number(&op.right) => {
                let reason = "one side of + must be a number, such as 1 or payload.n|int; texts are joined with ~";
                return self.no(op.span(), reason);
            }
            // Inner operators of a chain begin where it begins, unless they stand in parentheses.
            ast::BinOpKind::Concat => {
                self.chains.entry(op.span().start_offset).or_insert(op.span());
            }
            _ => {}
        }
        self.expression(&op.left, depth)?;
        self.expression(&op.right, depth)
    }
}
