import Catalog
import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// Answers of the API: JSON with sorted keys on one line, times as RFC 3339 has them.
enum JSONAnswer {
    static let mediaType = "application/json"

    static func make(
        _ value: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var body = ByteBuffer(bytes: try encoder.encode(value))
        body.writeInteger(UInt8(ascii: "\n"))
        var headers = headers
        headers[.contentType] = mediaType
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }

    /// 202, and where to look for what becomes of it.
    static func accepted(_ value: some Encodable, location: String) throws -> Response {
        try make(value, status: .accepted, headers: [.location: location])
    }

    /// What `body` answers, and 409 with the run that is under way where it may not begin another one.
    static func unlessRunning(_ body: () async throws -> Response) async throws -> Response {
        do {
            return try await body()
        } catch let error as RunInProgress {
            return try make(
                Conflict(error: error.message, hint: error.hint, run: error.run.id), status: .conflict)
        }
    }

    private struct Conflict: Encodable {
        let error: String
        let hint: String?
        let run: Int64
    }
}
