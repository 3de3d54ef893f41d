//! Core's problems as Postgres errors: a standard SQLSTATE, DETAIL `code=<slug>`, a HINT.

use pgrx::{PgLogLevel, PgSqlErrorCode};
use steward_core::error::{Kind, Problem};

/// Raises the problem as a Postgres error; the statement ends here.
pub fn raise(problem: Problem) -> ! {
    let code = match problem.kind {
        Kind::BadArgument => PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
        Kind::BadJson => PgSqlErrorCode::ERRCODE_INVALID_JSON_TEXT,
        Kind::TooLarge => PgSqlErrorCode::ERRCODE_PROGRAM_LIMIT_EXCEEDED,
    };
    let advice = problem.advice().map(str::to_owned);
    let mut report = pgrx::pg_sys::panic::ErrorReport::new(code, problem.message, pgrx::function_name!());
    report = report.set_detail(format!("code={}", problem.code));
    if let Some(advice) = advice {
        report = report.set_hint(advice);
    }
    report.report(PgLogLevel::ERROR);
    unreachable!("an ERROR ends the statement")
}

/// The value, or the problem raised.
pub trait OrRaise<T> {
    /// The value, or the problem raised as a Postgres error.
    fn or_raise(self) -> T;
}

impl<T> OrRaise<T> for Result<T, Problem> {
    fn or_raise(self) -> T {
        self.unwrap_or_else(|problem| raise(problem))
    }
}
