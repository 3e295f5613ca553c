/// The state in which nothing of a database is deleted until a person has looked.
///
/// A found difference and a shrink alarm freeze a database, and a rebuilt catalog starts frozen; `nightjar accept NAME`
/// ends it.
package struct Freeze: Sendable, Hashable {
    /// What happened, in words for people: `verification of dump_… found 2 differences`.
    package let reason: String
    package let since: Timestamp

    package init(reason: String, since: Timestamp) {
        self.reason = reason
        self.since = since
    }

    /// What happened, and when.
    package var text: String { "deletion is frozen since \(since.text): \(reason)" }

    /// What the person can do.
    package func hint(database: String) -> String {
        "Look at the newest backups of \(database); `nightjar accept \(database)` lets retention delete again."
    }
}
