import Appliance
import Catalog
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Model

/// What is said of an export, in the words of the proposals.
enum ExportAnswer {
    private struct Accepted: Encodable {
        let status = "accepted"
        let progressKey: String
        let exportId: String
        let message = "Dump process started"
    }

    /// 202, with the address of its status.
    static func accepted(_ status: ExportStatus) throws -> Response {
        try JSONAnswer.accepted(
            Accepted(progressKey: status.id, exportId: status.id), location: statusPath(status.id))
    }

    static func statusPath(_ id: String) -> String { "/export/dump/status/\(id)" }

    /// Why there is no file to fetch.
    static func absence(of status: ExportStatus) -> WebError {
        let name = "the export \(status.id)"
        switch status.state {
        case .queued, .running, .completed:
            return WebError(
                .conflict, "\(name) is not completed yet", hint: "Ask \(statusPath(status.id)) how far it is.")
        case .expired:
            let end = status.expiresAt.map { " at \($0.text)" } ?? ""
            return WebError(.gone, "\(name) expired\(end), and was deleted", hint: "Ask for a new one.")
        case .cancelled:
            return WebError(.gone, "\(name) was cancelled: there is no file", hint: "Ask for a new one.")
        case .failed:
            let reason = status.failure.map { ": \($0.message)" } ?? ""
            return WebError(.gone, "\(name) failed, and left no file\(reason)", hint: status.failure?.hint)
        }
    }

    /// What to say to somebody who waits for the file, and will not get it.
    static func failure(of status: ExportStatus) -> WebError {
        guard status.state == .failed, let failure = status.failure else {
            return WebError(.serviceUnavailable, absence(of: status).message, hint: "Ask for a new one.")
        }
        let answer: HTTPResponse.Status =
            switch failure.code {
            case .unreachable: .badGateway
            case .busy, .cancelled: .serviceUnavailable
            default: .internalServerError
            }
        return WebError(answer, "the export \(status.id) failed: \(failure.message)", hint: failure.hint)
    }

    /// The answer to a question for the status.
    struct StatusJSON: Encodable {
        private let status: ExportStatus
        private let downloadURL: String

        /// - Parameter downloadURL: where the file of a completed export is.
        init(_ status: ExportStatus, downloadURL: String) {
            self.status = status
            self.downloadURL = downloadURL
        }

        private enum Key: CodingKey {
            case status, progress, downloadUrl, size, format, completedAt, error
        }

        private enum ProgressKey: CodingKey {
            case totalRows, processedRows, percentComplete, startedAt, estimatedCompletion
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            var progress = container.nestedContainer(keyedBy: ProgressKey.self, forKey: .progress)
            try progress.encode(status.totalRows ?? 0, forKey: .totalRows)
            try progress.encode(status.rows, forKey: .processedRows)
            try progress.encode(status.percentComplete ?? 0, forKey: .percentComplete)
            try progress.encode(status.startedAt, forKey: .startedAt)
            // Null, rather than nothing, while nobody can say.
            let end = status.state == .completed ? status.finishedAt : status.estimatedEnd
            try progress.encode(end, forKey: .estimatedCompletion)
            switch status.state {
            case .queued, .running:
                try container.encode("processing", forKey: .status)
            case .completed, .expired:
                try container.encode("completed", forKey: .status)
                try container.encode(downloadURL, forKey: .downloadUrl)
                try container.encode(status.size, forKey: .size)
                try container.encode(status.format, forKey: .format)
                try container.encode(status.finishedAt ?? status.startedAt, forKey: .completedAt)
            case .failed:
                try container.encode("failed", forKey: .status)
                try container.encode(status.failure?.message ?? "failed", forKey: .error)
            case .cancelled:
                try container.encode("failed", forKey: .status)
                try container.encode("cancelled", forKey: .error)
            }
        }
    }
}
