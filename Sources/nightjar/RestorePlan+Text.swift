import Appliance
import Model
import Restore

/// A plan for people.
extension RestorePlan {
    /// Tables that are named one by one at most.
    private static let namedTables = 10

    func describe() {
        Output.line("Would restore \(id) of \(database) to \(file). Nothing has been changed.")
        Output.line("  Backup    \(localTime), the state of \(takenAt.text)")
        Output.line("  Store     \(store == location ? store : "\(store): \(location)")")
        Output.line("  Verified  \(proofWords)")
        Output.line("  Tables    \(tableWords)")
        Output.line("  Fetches   \(SizeText.format(bytesToFetch)) of \(SizeText.format(storedBytes))")
        let free = spaceFree.map { "\(SizeText.format($0)) are free" } ?? "nobody can say how much is free"
        let about = tables.count == tablesInBackup ? "" : "about "
        Output.line("  Space     needs \(about)\(SizeText.format(spaceNeeded)), \(free)")
        if let replaces { describe(replaces) }
        for note in notes { Output.line("  Note: \(note)") }
        for obstacle in obstacles {
            Output.line("  It would be refused: \(obstacle.message)")
            if let hint = obstacle.hint { Output.line("    \(hint)") }
        }
    }

    private var proofWords: String {
        let proved = proof.map { proof in
            let what = proof.level == .restore ? "proved" : "bytes checked, not proved,"
            return "\(what) \(proof.at.text) by \(proof.report)"
        }
        guard state != .failed else {
            return "NOT GOOD: a verification found a difference" + (proved.map { "; besides: \($0)" } ?? "")
        }
        return proved ?? "never"
    }

    private var tableWords: String {
        let sum = "\(CountText.format(Int64(tables.count), "table")), \(CountText.format(rows, "row"))"
        guard tables.count != tablesInBackup else { return "all: \(sum)" }
        let names = tables.prefix(Self.namedTables).map(\.name.description).joined(separator: ", ")
        let more = tables.count > Self.namedTables ? " and \(tables.count - Self.namedTables) more" : ""
        return "\(names)\(more): \(sum) of \(tablesInBackup) tables"
    }

    private func describe(_ replaced: Restoration.Plan.Replaced) {
        let kept = replaced.keepsOwner ? "are kept" : "are kept as far as this user can"
        Output.line(
            "  Replaces  \(file) (\(SizeText.format(replaced.bytes))); owner \(replaced.owner):\(replaced.group) and mode "
                + "\(replaced.mode) \(kept)")
        for journal in replaced.journals { Output.line("            \(journal) is removed") }
        if replaced.isKnownToBeClosed { Output.line("            no process has it open") }
    }
}
