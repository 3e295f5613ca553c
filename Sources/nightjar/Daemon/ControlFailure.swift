import FoundationEssentials
import HTTPClient
import Model

/// What the daemon refuses or cannot do, as the same work in this process would have failed.
enum ControlFailure {
    /// `{"error": …, "hint": …}`
    private struct Words: Decodable {
        var error: String
        var hint: String?
        /// Left out where the status says it all.
        var code: String?
    }

    static func read(_ answer: HTTPResponse) -> NightjarError {
        let words = try? JSONText.decoder.decode(Words.self, from: JSONText.data(answer.body))
        let code = words?.code.flatMap { FailureCode(rawValue: $0) } ?? Self.code(of: answer.status)
        return NightjarError(
            code, words?.error ?? "the daemon answered with status \(answer.status)", hint: words?.hint,
            isTransient: code == .busy || code == .unreachable)
    }

    private static func code(of status: Int) -> FailureCode {
        switch status {
        case 400, 413, 415, 422: .usage
        case 401, 403: .configuration
        case 404: .missing
        case 409, 429, 503: .busy
        case 502: .unreachable
        default: .internal
        }
    }
}
