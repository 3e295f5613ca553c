import HTTPTypes
import HummingbirdCore
import NIOCore

/// What a form sent: <https://url.spec.whatwg.org/#application/x-www-form-urlencoded>.
package struct Form: Sendable, Equatable {
    package static let mediaType = "application/x-www-form-urlencoded"

    private let fields: [String: String]

    /// Of a field that comes twice, the first counts.
    ///
    /// - Throws: 400 where an escape is not one, or the text is not UTF-8.
    package init(_ bytes: [UInt8]) throws(WebError) {
        var fields: [String: String] = [:]
        for pair in bytes.split(separator: UInt8(ascii: "&")) {
            let end = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            let name = try Self.decode(pair[..<end])
            let value = try Self.decode(pair[end...].dropFirst())
            if fields[name] == nil { fields[name] = value }
        }
        self.fields = fields
    }

    /// Reads the body of a request.
    ///
    /// - Throws: 415 where it is no form, 413 where it is too large, 400 where it is damaged.
    package static func read(_ request: Request, _ context: WebContext) async throws -> Form {
        guard isForm(request) else { throw WebError(.unsupportedMediaType, "this takes a form: \(mediaType)") }
        let body = try await request.body.collect(upTo: context.maxUploadSize)
        return try Form(Array(body.readableBytesView))
    }

    /// Whether the request says that it is one.
    static func isForm(_ request: Request) -> Bool {
        let type = request.headers[.contentType]?.split(separator: ";").first ?? ""
        return type.filter { $0 != " " }.lowercased() == mediaType
    }

    package subscript(name: String) -> String? { fields[name] }

    private static func decode(_ text: ArraySlice<UInt8>) throws(WebError) -> String {
        guard let decoded = PercentEncoding.decode(text, plusIsSpace: true) else { throw damaged }
        return decoded
    }

    private static var damaged: WebError { WebError(.badRequest, "the form is damaged") }
}
