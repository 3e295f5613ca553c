import Model
import Restore

/// The report as people read it.
extension SourceComparison.Report {
    /// Of what has changed the sum line names no more.
    private static let changesNamed = 5

    func show() {
        let differing = tables.filter { $0.differs }
        if !differing.isEmpty {
            TextTable(
                ["TABLE", "BACKUP", "NOW", "CHANGE"],
                differing.map { [$0.name.description, Self.count($0.rowsInBackup), Self.count($0.rowsNow), $0.words] },
                rightAligned: [1, 2]
            ).print()
        }
        for change in schema { Output.line(change.words) }
        for change in settings { Output.line(change.words) }
        for table in excluded { Output.line("Left out: \(table.name) (exclude: \(table.pattern))") }
        Output.line("\(database): \(id): \(summary)")
        for note in notes { Output.line("  Note: \(note)") }
    }

    private static func count(_ rows: Int64?) -> String { rows.map { CountText.format($0) } ?? "-" }

    /// `38 tables unchanged, 3 changed since the backup made 9 hours ago: orders +120 rows, …`
    private var summary: String {
        let differing = tables.filter { $0.differs }
        let age = AgeText.format(backupTakenAt, now: comparedAt)
        var text = "\(CountText.format(Int64(tables.count - differing.count), "table")) unchanged"
        if !differing.isEmpty { text += ", \(CountText.format(Int64(differing.count))) changed" }
        text += " since the backup made \(age)"
        let changes = differing.map { "\($0.name) \($0.words)" } + schema.map(\.words) + settings.map(\.words)
        guard !changes.isEmpty else { return text }
        text += ": \(changes.prefix(Self.changesNamed).joined(separator: ", "))"
        let others = changes.count - Self.changesNamed
        return others > 0 ? "\(text) and \(CountText.format(Int64(others), "other"))" : text
    }
}

extension SourceComparison.Report.Table {
    /// `+120 rows`, `content changed, defined otherwise`
    fileprivate var words: String {
        let rows = (rowsNow ?? 0) - (rowsInBackup ?? 0)
        let difference: String? =
            switch change {
            case .unchanged: nil
            case .moreRows: "+\(CountText.format(rows, "row"))"
            case .fewerRows: "-\(CountText.format(-rows, "row"))"
            case .contentChanged: "content changed"
            case .added: "new"
            case .gone: "gone"
            }
        let words = [difference, isRedefined ? "defined otherwise" : nil].compactMap { $0 }.joined(separator: ", ")
        return isShadow ? "\(words) (data of a virtual table)" : words
    }
}

extension SourceComparison.Report.SchemaChange {
    /// `index by_name on items dropped`
    fileprivate var words: String {
        let kind = type == "table" ? "virtual table" : type
        let place = table == name ? "" : " on \(table)"
        return "\(kind) \(name)\(place) \(change.rawValue)"
    }
}

extension SourceComparison.Report.SettingChange {
    /// `user_version 4 instead of 3`
    fileprivate var words: String { "\(name) \(now) instead of \(inBackup)" }
}
