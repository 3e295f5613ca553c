import Hummingbird
import HummingbirdCore

/// Takes the framework's own errors before it renders them its own way.
struct ErrorsInWords: RouterMiddleware {
    typealias Context = WebContext

    // As the protocol was compiled: without nonisolated(nonsending) as the default.
    @concurrent func handle(
        _ request: Request, context: WebContext,
        next: @concurrent (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as any HTTPResponseError {
            throw WebError(describing: error)
        }
    }
}
