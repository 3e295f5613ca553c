import Glibc

/// An answer before it is put on the wire.
struct R2Response: Sendable {
    var status: Int
    var fields: [(name: String, value: String)]
    var body: [UInt8]
    /// Content-Length of an answer to HEAD, which has no body.
    var headLength: Int?

    init(status: Int, fields: [(name: String, value: String)] = [], body: [UInt8] = [], headLength: Int? = nil) {
        self.status = status
        self.fields = fields
        self.body = body
        self.headLength = headLength
    }

    /// An XML document.
    static func xml(
        _ content: String, status: Int = 200, fields: [(name: String, value: String)] = []
    ) -> R2Response {
        let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + content
        let typed = fields + [(name: "Content-Type", value: "application/xml")]
        return R2Response(status: status, fields: typed, body: Array(text.utf8))
    }

    /// S3's error document (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
    static func error(
        _ status: Int, _ code: String, _ message: String, fields: [(name: String, value: String)] = []
    ) -> R2Response {
        .xml(
            "<Error><Code>\(escape(code))</Code><Message>\(escape(message))</Message></Error>", status: status,
            fields: fields)
    }

    /// Text as XML character data.
    static func escape(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\r": result += "&#13;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    /// The status line and the fields; `lengthDifference` is added to the true Content-Length.
    func head(lengthDifference: Int, closing: Bool) -> [UInt8] {
        var text = "HTTP/1.1 \(status) \(Self.reason(status))\r\n"
        text += "Server: cloudflare\r\nDate: \(UTCText.http(time(nil)))\r\n"
        for field in fields { text += "\(field.name): \(field.value)\r\n" }
        if status != 204 { text += "Content-Length: \((headLength ?? body.count) + lengthDifference)\r\n" }
        if closing { text += "Connection: close\r\n" }
        return Array((text + "\r\n").utf8)
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 204: "No Content"
        case 206: "Partial Content"
        case 400: "Bad Request"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 411: "Length Required"
        case 412: "Precondition Failed"
        case 416: "Range Not Satisfiable"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        default: "Status"
        }
    }
}

/// Times in UTC as HTTP and S3 write them.
enum UTCText {
    /// As in the Date field (RFC 9110, 5.6.7).
    static func http(_ seconds: time_t) -> String { format(seconds, "%a, %d %b %Y %H:%M:%S GMT") }

    /// As in S3's listings.
    static func iso(_ seconds: time_t) -> String { format(seconds, "%Y-%m-%dT%H:%M:%S.000Z") }

    /// Reads `20130524T000000Z`; `nil` when it is not of that shape.
    static func parseBasic(_ text: String) -> time_t? {
        let bytes = Array(text.utf8)
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int32? {
            Int32(String(decoding: bytes[range], as: UTF8.self))
        }
        guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8),
            let hour = number(9..<11), let minute = number(11..<13), let second = number(13..<15)
        else { return nil }
        var parts = tm()
        parts.tm_year = year - 1900
        parts.tm_mon = month - 1
        parts.tm_mday = day
        parts.tm_hour = hour
        parts.tm_min = minute
        parts.tm_sec = second
        return timegm(&parts)
    }

    private static func format(_ seconds: time_t, _ pattern: String) -> String {
        var seconds = seconds
        var parts = tm()
        _ = gmtime_r(&seconds, &parts)
        var buffer = [CChar](repeating: 0, count: 64)
        let length = strftime(&buffer, 64, pattern, &parts)
        return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
