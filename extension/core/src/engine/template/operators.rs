//! The operators that join texts: `~` is rewritten into a filter that pays for its bytes, `+` is kept to numbers.

use minijinja::machinery::{Span, Token, ast};

use super::scan::{self, Place};
use crate::error::Problem;

/// The filter that `~` becomes. It is not in the whitelist: no template can name it.
pub(super) const CONCAT: &str = "steward_concat";

/// `a ~ b ~ c` becomes `([a , b , c]|steward_concat)`. A chain is the span of its outermost operator.
pub(super) fn rewrite<'c>(source: &str, chains: impl Iterator<Item = &'c Span>, place: &Place) -> Result<String, Problem> {
    // (offset, bytes replaced, text); at one offset a closing comes before an opening.
    let mut edits = Vec::new();
    for chain in chains {
        edits.push((chain.start_offset as usize, 0, "(["));
        edits.push((chain.end_offset as usize, 0, "]|steward_concat)"));
    }
    for (token, span) in scan::tokens(source, place)? {
        if matches!(token, Token::Tilde) {
            edits.push((span.start_offset as usize, 1, ","));
        }
    }
    edits.sort_by_key(|&(offset, _, text)| (offset, text.starts_with('(')));
    let mut rewritten = String::with_capacity(source.len() + edits.len() * 8);
    let mut copied = 0;
    for (offset, replaced, text) in edits {
        rewritten.push_str(&source[copied..offset]);
        rewritten.push_str(text);
        copied = offset + replaced;
    }
    rewritten.push_str(&source[copied..]);
    Ok(rewritten)
}

/// Whether the expression can only be a number (or fail).
pub(super) fn is_number(expr: &ast::Expr<'_>) -> bool {
    match expr {
        ast::Expr::Const(constant) => constant.value.is_number(),
        ast::Expr::UnaryOp(op) => matches!(op.op, ast::UnaryOpKind::Neg),
        ast::Expr::BinOp(op) => match op.op {
            ast::BinOpKind::Sub | ast::BinOpKind::Div | ast::BinOpKind::FloorDiv | ast::BinOpKind::Rem => true,
            ast::BinOpKind::Add => is_number(&op.left) || is_number(&op.right),
            _ => false,
        },
        ast::Expr::Filter(filter) => match filter.name {
            "length" | "round" => true,
            // With an argument they may return it: the default for what is no number.
            "int" | "float" => filter.args.is_empty(),
            _ => false,
        },
        ast::Expr::GetAttr(get) => {
            let counters = ["index", "index0", "revindex", "revindex0", "length"];
            matches!(&get.expr, ast::Expr::Var(var) if var.id == "loop") && counters.contains(&get.name)
        }
        _ => false,
    }
}

/// Whether the operator may read all of a big value: it compares, and neither side is a short constant that ends it.
pub(super) fn is_costly(op: &ast::BinOp<'_>) -> bool {
    match op.op {
        ast::BinOpKind::In => !is_constant(&op.right),
        ast::BinOpKind::Eq | ast::BinOpKind::Ne | ast::BinOpKind::Lt | ast::BinOpKind::Lte | ast::BinOpKind::Gt | ast::BinOpKind::Gte => {
            [&op.left, &op.right].iter().all(|side| !is_constant(side) && !is_number(side))
        }
        _ => false,
    }
}

fn is_constant(expr: &ast::Expr<'_>) -> bool {
    match expr {
        ast::Expr::Const(_) => true,
        ast::Expr::List(list) => list.items.iter().all(is_constant),
        ast::Expr::Tuple(tuple) => tuple.items.iter().all(is_constant),
        _ => false,
    }
}
