import Foundation

/// A parsed request: what it asks for, in S3's terms (path style).
struct R2Request: Sendable {
    let method: String
    /// The path as sent, still percent-encoded.
    let rawPath: String
    /// The query as sent, still percent-encoded, without the question mark.
    let rawQuery: String
    /// Header fields in the order sent; names in lower case.
    let fields: [(name: String, value: String)]
    let bucket: String
    let key: String?
    let query: [String: String]
    let operation: R2Operation

    /// Reads a request's head; `nil` when it is not HTTP/1.1.
    init?(head: [UInt8]) {
        let lines = head.split(separator: 10, omittingEmptySubsequences: true)
            .map { line in String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self) }
        guard let first = lines.first else { return nil }
        let words = first.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 3, words[2] == "HTTP/1.1", words[1].hasPrefix("/") else { return nil }
        var fields: [(name: String, value: String)] = []
        for line in lines.dropFirst() where !line.isEmpty {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            fields.append((name: line[..<colon].lowercased(), value: value))
        }
        self.method = words[0]
        self.fields = fields

        let target = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        rawPath = target[0]
        rawQuery = target.count > 1 ? target[1] : ""
        query = Dictionary(
            Self.queryItems(rawQuery).map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })

        let segments = rawPath.dropFirst().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        bucket = segments.first.map { PercentText.decode(String($0)) } ?? ""
        let key = segments.count > 1 ? PercentText.decode(String(segments[1])) : ""
        self.key = key.isEmpty ? nil : key
        operation = Self.classify(method: words[0], hasKey: !key.isEmpty, query: query)
    }

    /// The first field of that name (in lower case).
    func header(_ name: String) -> String? {
        fields.first { $0.name == name }?.value
    }

    var contentLength: Int? {
        header("content-length").flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 }
    }

    /// The query's names and values, decoded; `+` means a space, as in S3.
    static func queryItems(_ raw: String) -> [(name: String, value: String)] {
        raw.split(separator: "&", omittingEmptySubsequences: true).map { item in
            let halves = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let decoded = halves.map { PercentText.decode($0.replacingOccurrences(of: "+", with: " ")) }
            return (name: decoded[0], value: decoded.count > 1 ? decoded[1] : "")
        }
    }

    private static func classify(method: String, hasKey: Bool, query: [String: String]) -> R2Operation {
        switch (method, hasKey) {
        case ("HEAD", true): .headObject
        case ("HEAD", false): .headBucket
        case ("GET", true): query["uploadId"] == nil ? .getObject : .listParts
        case ("GET", false): classifyListing(query)
        case ("PUT", true): query["uploadId"] == nil ? .putObject : .uploadPart
        case ("POST", true): classifyPost(query)
        case ("DELETE", true): query["uploadId"] == nil ? .delete : .abort
        default: .unknown
        }
    }

    private static func classifyListing(_ query: [String: String]) -> R2Operation {
        if query["uploads"] != nil { return .listUploads }
        return query["list-type"] == "2" ? .list : .unknown
    }

    private static func classifyPost(_ query: [String: String]) -> R2Operation {
        if query["uploads"] != nil { return .createUpload }
        return query["uploadId"] != nil ? .completeUpload : .unknown
    }
}

/// Percent-encoding by RFC 3986, byte by byte.
enum PercentText {
    /// Encodes all but the unreserved characters and those in `keeping`.
    static func encode(_ text: String, keeping: String = "") -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        let kept = Set(keeping.utf8)
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.append(byte)
            default:
                if kept.contains(byte) {
                    result.append(byte)
                } else {
                    result.append(UInt8(ascii: "%"))
                    result.append(digits[Int(byte >> 4)])
                    result.append(digits[Int(byte & 15)])
                }
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Decodes every valid `%XX`; anything else stays as it is.
    static func decode(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let value = UInt8(String(decoding: bytes[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
            {
                result.append(value)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
