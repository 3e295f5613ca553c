import Glibc
import Model
import Restore

/// Verification reports as a file: JSON for programs, HTML to read and print.
package struct ReportFile {
    package enum Format: Sendable {
        case json, html

        /// By the file's name.
        package init?(path: String) {
            if path.hasSuffix(".json") {
                self = .json
            } else if path.hasSuffix(".html") {
                self = .html
            } else {
                return nil
            }
        }
    }

    private let reports: [VerificationReport]

    package init(reports: [VerificationReport]) {
        self.reports = reports
    }

    /// Writes the file, which a report of an earlier verification may be replaced by.
    package func write(to path: String) throws {
        let text =
            switch Format(path: path) {
            case .html: reports.html
            default: try JSONText.text(["reports": reports]) + "\n"
            }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw NightjarError(.exists, "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw SmallFile.failure("write", path) }
    }
}
