/// The name of a backup: `dump_YYYYMMDD-HHMMSS` (UTC), unique on the appliance.
package struct BackupID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let time: Timestamp

    package init(time: Timestamp) {
        self.time = time
    }

    /// Reads `dump_20260315-023000`.
    package init?(_ text: some StringProtocol) {
        guard text.hasPrefix("dump_"), text.utf8.count == 20, let time = Timestamp(String(text.dropFirst(5))),
            "dump_\(time.compact)" == text
        else { return nil }
        self.time = time
    }

    package var description: String { "dump_\(time.compact)" }

    package static func < (left: BackupID, right: BackupID) -> Bool {
        left.time < right.time
    }
}
