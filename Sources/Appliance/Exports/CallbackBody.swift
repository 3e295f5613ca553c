import FoundationEssentials
import Model

/// What is told to a callback when an export has ended, as JSON.
package enum CallbackBody {
    private struct Completed: Encodable {
        let status = "completed"
        let dumpId: String
        let downloadUrl: String
        let format: String
        let size: Int64
        let completedAt: Timestamp
    }

    private struct Failed: Encodable {
        let status = "failed"
        let dumpId: String
        let error: String
        let failedAt: Timestamp
    }

    /// - Parameters:
    ///   - size: bytes of the uncompressed dump.
    ///   - base: what the appliance's URLs begin with, see `DownloadAddress`.
    package static func completed(
        _ id: BackupID, format: DumpFormat, size: Int64, at time: Timestamp, base: String
    ) throws -> String {
        try text(
            Completed(
                dumpId: "\(id)", downloadUrl: DownloadAddress.url(of: "\(id)", format: format, base: base),
                format: format.rawValue, size: size, completedAt: time))
    }

    /// - Parameter error: why there is no dump; `cancelled` where somebody ended it. Holds no secret.
    package static func failed(_ id: BackupID, error: String, at time: Timestamp) throws -> String {
        try text(Failed(dumpId: "\(id)", error: error, failedAt: time))
    }

    private static func text(_ body: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(body), as: UTF8.self)
    }
}
