import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import Model
import NIOCore
import NIOHTTP1
import Settings

/// What happens to every request before and after its route.
struct WebResponder: Sendable {
    let environment: WebEnvironment
    let gate: Gate
    let router: RouterResponder<WebContext>
    let limits: ServerLimits

    /// - Throws: `HTTPParserError` where the request could not be read to its end; nothing else.
    func respond(to request: Request, _ arrival: Arrival) async throws -> Response {
        let begin = MonotonicClock.now()
        let settings = await environment.settings()
        var request = request
        var context = WebContext(log: environment.log)
        context.maxUploadSize = limits.body
        context.eventLoop = arrival.channel.eventLoop
        context.peer = Self.peer(of: request, arrival, settings)
        var response: Response
        do {
            context.access = try await gate.admit(&request, context, settings)
            response = try await router.respond(to: request, context: context)
        } catch let error as HTTPParserError {
            throw error
        } catch {
            response = answer(WebError(describing: error), to: request, context)
        }
        if request.method == .head { response = response.createHeadResponse() }
        SecurityHeaders.add(to: &response.headers, nonce: context.nonce)
        log(request, context, response.status, since: begin)
        return response
    }

    private static func peer(of request: Request, _ arrival: Arrival, _ settings: HTTPSettings) -> Peer {
        guard arrival.door == .network else { return .control }
        let remote = arrival.channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
        return Peer(remote: remote, headers: request.headers, trusted: settings.trustedProxies)
    }

    private func answer(_ error: WebError, to request: Request, _ context: WebContext) -> Response {
        if error.status.code >= 500 {
            environment.log.error("\(error.logText)", metadata: ["path": "\(request.uri.path)"])
        }
        return error.response(to: request, context)
    }

    /// Without the query, which may say what nobody is to know.
    private func log(_ request: Request, _ context: WebContext, _ status: HTTPResponse.Status, since begin: Int64) {
        environment.log.debug(
            "\(request.method.rawValue) \(request.uri.path) \(status.code)",
            metadata: [
                "from": "\(context.peer)", "token": "\(context.access?.name ?? "none")",
                "milliseconds": "\((MonotonicClock.now() - begin) / 1_000_000)",
            ])
    }
}
