extension NightjarError {
    /// Tables that a hint names.
    private static let namesTold = 20

    /// Code `missing`: somebody asks for a table that there is none of.
    /// - Parameters:
    ///   - place: What was looked into: a database, a backup.
    ///   - known: The tables that it has.
    package static func noTable(_ name: String, in place: String, having known: [String]) -> NightjarError {
        var hint = known.isEmpty ? "It has none." : "It has: \(known.prefix(namesTold).joined(separator: ", "))"
        let untold = known.count - namesTold
        if untold > 0 { hint += " and \(CountText.format(Int64(untold))) more" }
        return NightjarError(.missing, "there is no table \(name) in \(place)", hint: hint)
    }
}
