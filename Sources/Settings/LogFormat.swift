/// How the daemon writes its log where no journal takes it.
package enum LogFormat: String, Sendable, CaseIterable {
    /// For people.
    case text
    /// For machines: an object a line.
    case json
}
