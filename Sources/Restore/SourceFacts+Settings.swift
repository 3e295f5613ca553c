import Model

/// What a database says of itself beside its rows and its schema, by the pragmas' names.
extension Manifest.SourceFacts {
    typealias Setting = (name: String, value: String)

    /// What a dump sets before its first table.
    var headSettings: [Setting] {
        [("page_size", String(pageSize)), ("encoding", encoding), ("auto_vacuum", String(autoVacuum))]
    }

    /// What a dump sets at its end.
    var tailSettings: [Setting] {
        [("user_version", String(userVersion)), ("application_id", String(applicationID))]
    }
}
