import HTTPTypes
import Hummingbird
import Model

/// What went wrong with a request, in words for whoever asked.
///
/// Rendered as `{"error": …}`, with `"hint"` where there is one, for programs, and as a page for people.
package struct WebError: Error, Sendable {
    package let status: HTTPResponse.Status
    /// What happened, and to what. Never holds a secret.
    package let message: String
    /// What the person can do.
    package let hint: String?
    /// Added to the answer's.
    package var headers: HTTPFields
    /// The kind of failure, where one of the appliance's is told; the command line makes its exit code of it.
    package let code: FailureCode?
    /// What the log says more under; nil where there is nothing more to say.
    package let incident: String?
    /// For the log only.
    let cause: (any Error)?

    package init(
        _ status: HTTPResponse.Status, _ message: String, hint: String? = nil, headers: HTTPFields = [:]
    ) {
        self.init(status, message, hint: hint, headers: headers, code: nil, incident: nil, cause: nil)
    }

    private init(
        _ status: HTTPResponse.Status, _ message: String, hint: String?, headers: HTTPFields = [:], code: FailureCode?,
        incident: String?, cause: (any Error)?
    ) {
        self.status = status
        self.message = message
        self.hint = hint
        self.headers = headers
        self.code = code
        self.incident = incident
        self.cause = cause
    }

    /// Whatever was thrown, in words that may be shown: what no room's door has put into words is kept for the log.
    package init(describing error: any Error) {
        switch error {
        case let error as WebError:
            self = error
        case let error as HTTPError:
            self.init(error.status, error.body ?? Self.words(error.status), headers: error.headers)
        case let error as any HTTPResponseError:
            self.init(error.status, Self.words(error.status))
        case is CancellationError:
            self.init(.serviceUnavailable, "the appliance is stopping")
        case let error as any Failure:
            self.init(error)
        default:
            let incident = String(Nonce.make().prefix(12))
            self.init(
                .internalServerError, "something went wrong that Nightjar did not expect",
                hint: "Its log says more: look for \(incident).", code: .internal, incident: incident,
                cause: error)
        }
    }

    private init(_ failure: any Failure) {
        let status: HTTPResponse.Status =
            switch failure.code {
            case .missing: .notFound
            case .usage: .unprocessableContent
            case .busy, .encrypted, .exists: .conflict
            case .unreachable: .badGateway
            case .cancelled: .serviceUnavailable
            case .io, .difference, .configuration, .internal: .internalServerError
            }
        self.init(
            status, failure.message, hint: failure.hint, code: failure.code, incident: nil, cause: nil)
    }

    /// The status in lower case, as the other messages begin.
    private static func words(_ status: HTTPResponse.Status) -> String {
        status.reasonPhrase.lowercased()
    }
}

extension WebError {
    /// Message and hint on one line.
    var text: String { hint.map { "\(message). \($0)" } ?? message }

    /// What is to be known of it, for nobody but the log.
    var logText: String {
        guard let incident, let cause else { return text }
        return "\(incident): \(cause)"
    }

    /// Nobody is known by what was sent, or nothing was sent.
    package static var unauthorized: WebError {
        var headers = HTTPFields()
        headers.append(HTTPField(name: .wwwAuthenticate, value: #"Basic realm="Nightjar", charset="UTF-8""#))
        headers.append(HTTPField(name: .wwwAuthenticate, value: #"Bearer realm="Nightjar""#))
        return WebError(
            .unauthorized, "a token is needed",
            hint: "Send it as Authorization: Bearer TOKEN, or as the password of Basic.", headers: headers)
    }

    /// 404 for what no route is for.
    package static var notFound: WebError { WebError(.notFound, "there is no such page") }

    /// 429 with `Retry-After`, a second at least.
    package static func tooManyRequests(_ message: String, retryAfter seconds: Int64) -> WebError {
        WebError(.tooManyRequests, message, headers: [.retryAfter: String(max(1, seconds))])
    }
}
