import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// The JSON object that a request carries, or none: all that the API takes is optional.
struct JSONBody: Sendable {
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private let fields: [String: Value]

    /// A field's value, as far as the API has use for it.
    private enum Value: Decodable, Sendable {
        case null
        case boolean(Bool)
        case integer(Int)
        case text(String)
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode(Bool.self) {
                self = .boolean(value)
            } else if let value = try? container.decode(Int.self) {
                self = .integer(value)
            } else if let value = try? container.decode(String.self) {
                self = .text(value)
            } else {
                self = .other
            }
        }
    }

    /// Reads the body of a request.
    ///
    /// - Parameter allowsComments: whether `#` begins a comment, to the end of the line.
    /// - Throws: 415 where it is not said to be JSON, 413 where it is too large, 400 where it is no JSON in UTF-8, 422
    ///   where it is no object.
    static func read(_ request: Request, _ context: WebContext, allowsComments: Bool = false) async throws -> JSONBody {
        let body = try await request.body.collect(upTo: context.maxUploadSize)
        if body.readableBytes == 0 { return JSONBody(fields: [:]) }
        guard isJSON(request.headers[.contentType]) else {
            throw WebError(
                .unsupportedMediaType, "this takes JSON", hint: "Send it with Content-Type: \(JSONAnswer.mediaType).")
        }
        return try JSONBody(Array(body.readableBytesView), allowsComments: allowsComments)
    }

    /// A byte order mark before the text is passed over, as RFC 8259, section 8.1, allows.
    ///
    /// - Throws: 400 where the bytes are no JSON in UTF-8, 422 where they are no object.
    init(_ bytes: [UInt8], allowsComments: Bool = false) throws(WebError) {
        let bytes = bytes.starts(with: Self.byteOrderMark) ? Array(bytes.dropFirst(Self.byteOrderMark.count)) : bytes
        // No JSON has a zero byte, and all of it has some in UTF-16 and UTF-32, which the decoder would take.
        guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else {
            throw WebError(.badRequest, "the body is not UTF-8", hint: "JSON is sent in UTF-8, and in nothing else.")
        }
        do {
            let text = allowsComments ? Self.withoutComments(bytes) : bytes
            fields = try JSONDecoder().decode([String: Value].self, from: Data(text))
        } catch DecodingError.typeMismatch(_, _), DecodingError.valueNotFound(_, _) {
            throw WebError(.unprocessableContent, "the body must be a JSON object")
        } catch {
            throw WebError(.badRequest, "the body is not JSON")
        }
    }

    private init(fields: [String: Value]) {
        self.fields = fields
    }

    /// - Throws: 422 where there is a field of another name: a misspelt one must not be taken for one that is left out.
    func refuseAll(but known: [String]) throws(WebError) {
        guard fields.keys.contains(where: { !known.contains($0) }) else { return }
        throw WebError(
            .unprocessableContent, "the body has a field that is not known here",
            hint: known.isEmpty ? "None is." : "Known: \(known.joined(separator: ", "))")
    }

    /// nil where it is left out, or null; likewise the others.
    func text(_ name: String) throws(WebError) -> String? {
        switch fields[name] {
        case nil, .null: return nil
        case .text(let text): return text
        default: throw WebError(.unprocessableContent, "\(name) must be a string")
        }
    }

    func boolean(_ name: String) throws(WebError) -> Bool? {
        switch fields[name] {
        case nil, .null: return nil
        case .boolean(let value): return value
        default: throw WebError(.unprocessableContent, "\(name) must be true or false")
        }
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(WebError) -> Int? {
        switch fields[name] {
        case nil, .null: return nil
        case .integer(let value) where range.contains(value): return value
        default:
            throw WebError(
                .unprocessableContent,
                "\(name) must be an integer from \(range.lowerBound) to \(range.upperBound)")
        }
    }

    private static func isJSON(_ type: String?) -> Bool {
        let name = (type ?? "").prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }
        return name.lowercased() == JSONAnswer.mediaType
    }

    private static func withoutComments(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var isText = false
        var isEscaped = false
        var isComment = false
        for byte in bytes {
            if isComment {
                guard byte == UInt8(ascii: "\n") else { continue }
                isComment = false
            } else if isText {
                if byte == UInt8(ascii: "\""), !isEscaped { isText = false }
                isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            } else if byte == UInt8(ascii: "\"") {
                isText = true
            } else if byte == UInt8(ascii: "#") {
                isComment = true
                continue
            }
            text.append(byte)
        }
        return text
    }
}
