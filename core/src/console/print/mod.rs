//! `kubectl`'s printers: objects of the Kubernetes API, as JSON, become tables, descriptions, YAML.
//!
//! They follow the real client's layout to the last blank, know no store and no clock: whoever calls says what time it is. A table's cells
//! are what an API server makes of objects (`pkg/printers/internalversion/printers.go`), everything else is what the client makes of them
//! (`k8s.io/kubectl/pkg/describe`, `k8s.io/cli-runtime/pkg/printers`).

mod age;
mod columns;
mod describe;
mod json;
mod jsonpath;
mod object;
mod table;
mod tabs;
mod yaml;

pub use self::{
    age::{age, human_duration},
    columns::table_of,
    describe::{Context, describe},
    json::json,
    jsonpath::{JsonPath, JsonPathError, custom_columns},
    table::{Column, Look, Table},
    yaml::yaml,
};
pub(crate) use self::{describe::template, tabs::align};
