import Model

/// A report for the terminal.
extension VerificationReport {
    /// What it comes to: the differences, what to do about them, and what a person should know.
    package var brief: [String] {
        var lines = ["\(database): \(id): \(summary)"]
        lines += indented(differences.map(\.line))
        lines += indented(adviceSentences)
        if let drill { lines += indented([drill.sentence]) }
        if let warning = consistency?.warning { lines += indented([warning]) }
        lines += indented(notes.map { "Note: \($0)" })
        return lines
    }

    /// All that it says, for people to keep or to pass on.
    package var text: [String] {
        var lines = brief
        lines += titled("How", circumstances)
        lines += titled("Objects", objectLines)
        lines += titled("Checks", checkLines)
        lines += titled("Tables", tables.map { Self.line(of: $0) })
        if let drill, !drill.output.isEmpty {
            lines += titled("What the drill said", drill.output.split(whereSeparator: \.isNewline).map { String($0) })
        }
        return lines
    }

    private static func line(of table: TableResult) -> String {
        let rows = CountText.format(table.rowsExpected, "row")
        if table.matches { return "\(table.name): \(rows), digest \(table.digestFound), as expected" }
        return "\(table.name): DIFFERENT: \(rows) expected, \(CountText.format(table.rowsFound)) found; "
            + "digest \(table.digestExpected) expected, \(table.digestFound) found"
    }

    private func titled(_ title: String, _ lines: [String]) -> [String] {
        lines.isEmpty ? [] : ["  \(title)"] + indented(lines, by: "    ")
    }

    private func indented(_ lines: [String], by space: String = "  ") -> [String] { lines.map { space + $0 } }
}
