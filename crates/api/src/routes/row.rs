//! One row of the table of operations.

use axum::routing::{MethodFilter, MethodRouter};
use chancery_context::Act;
use http::Method;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::Schema;
use utoipa::{IntoParams, ToSchema};

use crate::Api;

/// Methods that operations use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    pub const fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
            Self::Put => Method::PUT,
            Self::Patch => Method::PATCH,
            Self::Delete => Method::DELETE,
        }
    }

    pub(crate) const fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
            Self::Patch => MethodFilter::PATCH,
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Everybody.
    Open,
    /// Whose token has the scope of this act. The use case checks it; the row says it.
    Needs(Act),
}

/// What the log has of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audit {
    /// An event in the transaction of the change.
    Changes,
    /// Nothing, unless it was refused or an agent reads: that is evidence like any use of its tokens.
    Reads,
    /// Nothing, unless it was refused, or the store that is asked records its decisions.
    Asks,
}

/// Name and schema of a wire type, and those it refers to.
#[derive(Clone, Copy)]
pub struct Shape {
    pub name: fn() -> String,
    pub schema: fn() -> RefOr<Schema>,
    pub more: fn(&mut Vec<(String, RefOr<Schema>)>),
}

impl Shape {
    const fn of<T: ToSchema>() -> Self {
        Self { name: || T::name().into_owned(), schema: T::schema, more: T::schemas }
    }
}

/// The body of an answer.
#[derive(Clone, Copy)]
pub enum Gives {
    Nothing,
    Json(Shape),
    /// A page of these.
    List(Shape),
    Stream(&'static str),
}

/// One operation.
#[derive(Clone, Copy)]
pub struct Row {
    pub verb: Verb,
    pub path: &'static str,
    /// `noun_verb`: the name in the document, in the use case and in the matrix.
    pub operation: &'static str,
    /// Under `routes/`.
    pub file: &'static str,
    pub gate: Gate,
    pub audit: Audit,
    pub summary: &'static str,
    pub takes: Option<Shape>,
    pub asks: Option<fn() -> Vec<Parameter>>,
    pub status: u16,
    pub gives: Gives,
    /// `If-Match` is demanded.
    pub versioned: bool,
    /// Pages of every origin may call its path.
    pub any_origin: bool,
    serve: fn(MethodFilter) -> MethodRouter<Api>,
}

impl Row {
    pub(super) const fn new(
        verb: Verb,
        path: &'static str,
        operation: &'static str,
        file: &'static str,
        serve: fn(MethodFilter) -> MethodRouter<Api>,
    ) -> Self {
        Self {
            verb,
            path,
            operation,
            file,
            gate: Gate::Open,
            audit: Audit::Reads,
            summary: "",
            takes: None,
            asks: None,
            status: 204,
            gives: Gives::Nothing,
            versioned: false,
            any_origin: false,
            serve,
        }
    }

    pub(super) const fn open(self) -> Self {
        Self { gate: Gate::Open, ..self }
    }

    pub(super) const fn needs(self, act: Act) -> Self {
        Self { gate: Gate::Needs(act), ..self }
    }

    pub(super) const fn changes(self, summary: &'static str) -> Self {
        Self { audit: Audit::Changes, summary, ..self }
    }

    pub(super) const fn reads(self, summary: &'static str) -> Self {
        Self { audit: Audit::Reads, summary, ..self }
    }

    pub(super) const fn answers(self, summary: &'static str) -> Self {
        Self { audit: Audit::Asks, summary, ..self }
    }

    pub(super) const fn takes<T: ToSchema>(self) -> Self {
        Self { takes: Some(Shape::of::<T>()), ..self }
    }

    pub(super) const fn asks<T: IntoParams>(self) -> Self {
        Self { asks: Some(|| T::into_params(|| Some(ParameterIn::Query))), ..self }
    }

    pub(super) const fn gives<T: ToSchema>(self, status: u16) -> Self {
        Self { status, gives: Gives::Json(Shape::of::<T>()), ..self }
    }

    pub(super) const fn streams(self, media: &'static str) -> Self {
        Self { status: 200, gives: Gives::Stream(media), ..self }
    }

    /// A page of a list: `limit`, `after` and `next` come with it.
    pub(super) const fn lists<T: ToSchema>(self) -> Self {
        Self { status: 200, gives: Gives::List(Shape::of::<T>()), ..self }
    }

    pub(super) const fn any_origin(self) -> Self {
        Self { any_origin: true, ..self }
    }

    /// Demands `If-Match`.
    pub const fn versioned(self) -> Self {
        Self { versioned: true, ..self }
    }

    pub(crate) fn serve(&self) -> MethodRouter<Api> {
        (self.serve)(self.verb.filter())
    }
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {} {}", self.verb, self.path, self.operation)
    }
}

/// `row!(Post "/path" => noun::verb as noun_verb)`: the module's `handle`, its file, its name.
macro_rules! row {
    ($verb:ident $path:literal => $noun:ident :: $module:ident as $operation:ident) => {
        $crate::routes::Row::new(
            $crate::routes::Verb::$verb,
            $path,
            stringify!($operation),
            concat!(stringify!($noun), "/", stringify!($module), ".rs"),
            |filter| axum::routing::on(filter, $noun::$module::handle),
        )
    };
}
pub(super) use row;
