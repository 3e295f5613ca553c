import Catalog
import Model
import Settings

/// Tells whoever asked for an export of its end, through the catalog's outbox.
struct ExportCallback: Sendable {
    /// What the appliance's URLs begin with.
    private let base: String

    init(_ settings: HTTPSettings) {
        base = DownloadAddress.base(of: settings)
    }

    /// - Parameter size: bytes of the uncompressed dump.
    /// - Returns: nil where nobody wants to be told.
    func completed(_ export: ExportRecord, size: Int64, at now: Timestamp) throws -> DeliveryRecord? {
        try delivery(export, now) {
            try CallbackBody.completed(export.id, format: export.format, size: size, at: now, base: base)
        }
    }

    func failed(_ export: ExportRecord, _ failure: RunFailure, at now: Timestamp) throws -> DeliveryRecord? {
        try delivery(export, now) { try CallbackBody.failed(export.id, error: failure.code.publicWords, at: now) }
    }

    private func delivery(_ export: ExportRecord, _ now: Timestamp, _ body: () throws -> String) throws
        -> DeliveryRecord?
    {
        guard let url = export.callbackURL else { return nil }
        return DeliveryRecord(
            channel: CallbackChannel.name, subject: export.id.description, url: url, body: try body(),
            createdAt: now, nextAt: now)
    }
}

extension FailureCode {
    /// For those who have no token: nothing of this machine's paths and stores.
    fileprivate var publicWords: String {
        switch self {
        case .missing: "the database cannot be found, or cannot be read as one"
        case .busy: "the database is in use"
        case .unreachable: "the store, or the service that has the database, cannot be reached"
        case .io: "reading the database or writing the dump failed"
        case .difference: "the store does not give back what was written"
        case .cancelled: "cancelled"
        case .configuration, .encrypted, .exists, .internal, .usage: "the export failed; the appliance's log says why"
        }
    }
}
