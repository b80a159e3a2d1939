//! Where Helm keeps its records.

use kit::{Error, Result, Secret};

/// Where Helm keeps its records: `HELM_DRIVER`.
#[derive(Clone, Debug, Default)]
pub enum Driver {
    /// Secrets, unless the user says otherwise.
    #[default]
    Secret,
    /// ConfigMaps.
    ConfigMap,
    /// A table in PostgreSQL, by its connection string.
    Sql(Secret),
}

impl Driver {
    /// Reads the values of `HELM_DRIVER` and `HELM_DRIVER_SQL_CONNECTION_STRING`.
    ///
    /// # Errors
    /// For a driver that can't be used, or `sql` without its connection string.
    pub fn parse(name: &str, connection: Option<&Secret>) -> Result<Self> {
        match name {
            "" | "secret" | "secrets" => Ok(Self::Secret),
            "configmap" | "configmaps" => Ok(Self::ConfigMap),
            "sql" => match connection {
                Some(connection) => Ok(Self::Sql(connection.clone())),
                None => Err(Error::new("the driver `sql` has no connection string")
                    .hint("set `source.driver_sql_connection_string`")),
            },
            "memory" => Err(Error::new("the driver `memory` forgets every release when Helm ends")
                .hint("use `secret`, `configmap` or `sql`")),
            other => Err(Error::new(format!("unknown driver `{other}`"))
                .hint("the drivers are secret, configmap and sql")),
        }
    }

    /// Returns the value of `HELM_DRIVER`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::ConfigMap => "configmap",
            Self::Sql(_) => "sql",
        }
    }
}
