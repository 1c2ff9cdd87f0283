//! The JSON-RPC 2.0 envelope around [`crate::message`].

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The error codes that JSON-RPC itself defines.
pub mod code {
    /// Not JSON.
    pub const PARSE: i64 = -32700;
    /// JSON, but no request.
    pub const REQUEST: i64 = -32600;
    /// No such method.
    pub const METHOD: i64 = -32601;
    /// The parameters do not fit the method.
    pub const PARAMETERS: i64 = -32602;
}

/// What `jsonrpc` must say.
pub const JSONRPC: &str = "2.0";

/// A request, or a notification if it has no `id`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// [`JSONRPC`].
    pub jsonrpc: String,
    /// What the response repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// The method.
    pub method: String,
    /// Its parameters.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub params: Value,
}

/// A response. It has a result or an error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// [`JSONRPC`].
    pub jsonrpc: String,
    /// The request's, or `null` if that could not be read.
    pub id: Option<u64>,
    /// The answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Error>,
}

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Error {
    /// One of [`code`] or [`crate::message::error_code`].
    pub code: i64,
    /// For a person.
    pub message: String,
    /// For a program: with [`crate::message::error_code::VERSION`] the [`crate::message::Hello`] of the speaker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

impl Request {
    /// A request; without `id` a notification.
    #[must_use]
    pub fn new(id: Option<u64>, method: &str, params: Value) -> Self {
        Self { jsonrpc: JSONRPC.into(), id, method: method.into(), params }
    }
}

impl Response {
    /// A response with a result.
    #[must_use]
    pub fn result(id: Option<u64>, result: Value) -> Self {
        Self { jsonrpc: JSONRPC.into(), id, result: Some(result), error: None }
    }

    /// A response with an error.
    #[must_use]
    pub fn error(id: Option<u64>, error: Error) -> Self {
        Self { jsonrpc: JSONRPC.into(), id, result: None, error: Some(error) }
    }
}

impl Error {
    /// An error without data.
    #[must_use]
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }
}

/// What arrives on stream 0 of the client: a response, or a notification of bksim's.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// An answer.
    Response(Response),
    /// A notification.
    Notification(Request),
}

impl Incoming {
    /// Reads a message; `None` if it is neither.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(payload).ok()?;
        if value.get("method").is_some() {
            return serde_json::from_value(value).ok().map(Self::Notification);
        }
        serde_json::from_value(value).ok().map(Self::Response)
    }
}
