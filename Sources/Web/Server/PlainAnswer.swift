import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import Model
import NIOCore

/// An error in JSON, `{"error": …}`, for what never comes as far as a route.
struct PlainAnswer {
    private struct Body: Encodable {
        let error: String
        let hint: String?
        let code: String?
    }

    let status: HTTPResponse.Status
    let body: ByteBuffer
    private let isLast: Bool

    /// - Parameter isLast: whether the connection ends with it.
    init(_ status: HTTPResponse.Status, _ message: String, hint: String? = nil, isLast: Bool = false) {
        self.status = status
        self.isLast = isLast
        body = ByteBuffer(bytes: Self.json(message, hint: hint, code: nil))
    }

    /// `{"error": …}`, with `"hint"` and `"code"` where there are any.
    static func json(_ message: String, hint: String?, code: FailureCode?) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Two texts can always be written.
        return (try? encoder.encode(Body(error: message, hint: hint, code: code?.rawValue))).map { Array($0) }
            ?? Array("{}".utf8)
    }

    var head: HTTPResponse {
        var headers: HTTPFields = [
            .contentType: "application/json", .contentLength: String(body.readableBytes), .server: HTTPServer.name,
        ]
        if isLast { headers[.connection] = "close" }
        SecurityHeaders.add(to: &headers, nonce: nil)
        return HTTPResponse(status: status, headerFields: headers)
    }

    var response: Response {
        let head = head
        return Response(status: head.status, headers: head.headerFields, body: ResponseBody(byteBuffer: body))
    }

    /// As it goes over the wire.
    var text: String {
        let head = head
        let fields = head.headerFields.map { "\($0.name.rawName): \($0.value)\r\n" }.joined()
        return "HTTP/1.1 \(head.status.code) \(head.status.reasonPhrase)\r\n\(fields)\r\n\(String(buffer: body))"
    }
}
