import Glibc
import Logging

/// systemd's journal, spoken to in its own protocol: <https://systemd.io/JOURNAL_NATIVE_PROTOCOL/>.
final class JournalSocket: Sendable {
    private let descriptor: Int32
    private let address: UnixAddress

    init(path: String = "/run/systemd/journal/socket") {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        address = UnixAddress(path)
    }

    deinit { close(descriptor) }

    /// - Returns: Whether the journal took it.
    func send(_ record: LogRecord) -> Bool {
        var bytes: [UInt8] = []
        Self.append("MESSAGE", record.message, to: &bytes)
        Self.append("PRIORITY", String(record.priority), to: &bytes)
        Self.append("SYSLOG_IDENTIFIER", "nightjar", to: &bytes)
        for field in record.fields { Self.append("NIGHTJAR_" + Self.fieldName(field.name), field.value, to: &bytes) }
        return address.send(bytes, through: descriptor)
    }

    /// Values with line ends carry their length.
    private static func append(_ name: String, _ value: String, to bytes: inout [UInt8]) {
        let value = Array(value.utf8)
        bytes += Array(name.utf8)
        if value.contains(UInt8(ascii: "\n")) {
            bytes.append(UInt8(ascii: "\n"))
            withUnsafeBytes(of: UInt64(value.count).littleEndian) { bytes += Array($0) }
        } else {
            bytes.append(UInt8(ascii: "="))
        }
        bytes += value
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Capitals, digits and underscores are all that a name may have.
    private static func fieldName(_ name: String) -> String {
        String(name.uppercased().map { ($0.isASCII && ($0.isLetter || $0.isNumber)) ? $0 : "_" })
    }
}
