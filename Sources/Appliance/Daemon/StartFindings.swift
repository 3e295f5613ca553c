import Catalog
import Model

/// What a daemon finds at its start of what the last one left, in words for people.
struct StartFindings: Sendable {
    /// How many runs are named.
    private static let named = 10

    /// Whether the process before this one ended without having been stopped: killed, or with the machine.
    private let wasKilled: Bool
    /// What became of the catalog before, where this one is new for that reason.
    private let setAside: String?
    /// Backups whose processes ended in the middle.
    var interrupted: [RunRecord] = []
    /// Databases whose runs are made up for, and whether they are gone on with where they were.
    var owed: [String: Bool] = [:]
    /// Exports that wait for their end.
    var exports = 0

    init(in catalog: Catalog) async throws {
        let last = try await catalog.latestEvent(of: [.applianceStarted, .applianceStopped])
        wasKilled = last?.kind == .applianceStarted
        setAside = try await last == nil ? catalog.latestEvent(of: [.catalogSetAside])?.text : nil
    }

    var text: String {
        var parts = ["the appliance has started"]
        if let setAside { parts.append(setAside) }
        if wasKilled { parts.append("the process before it was not stopped: it was killed, or the machine went down") }
        if !interrupted.isEmpty { parts.append("interrupted: \(runs)") }
        if exports > 0 { parts.append("\(CountText.format(Int64(exports), "export")) still to be made") }
        return parts.joined(separator: "; ")
    }

    var hint: String? {
        wasKilled ? "Why the process before ended stands in: journalctl -u nightjar, journalctl -k" : nil
    }

    /// `shop (run 12, gone on with), crm (run 13, made anew)`
    private var runs: String {
        var words = interrupted.prefix(Self.named).map { run in
            let fate = owed[run.database].map { $0 ? "gone on with" : "made anew" } ?? "not made up for"
            return "\(run.database) (run \(run.id), \(fate))"
        }
        if interrupted.count > words.count { words.append("\(interrupted.count - words.count) more") }
        return words.joined(separator: ", ")
    }
}
