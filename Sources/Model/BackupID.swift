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

/// A JSON string.
extension BackupID: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let value = BackupID(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is not a backup's name"))
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
