import HTTPTypes
import HummingbirdCore
import NIOCore

extension WebError {
    /// What is for programs, whatever they accept.
    private static let programs = ["/api/", "/export/", "/metrics", "/openapi.yaml", "/healthz"]

    /// A page for people, JSON for everybody else.
    func response(to request: Request, _ context: WebContext) -> Response {
        var headers = headers
        let body: ByteBuffer
        if Self.isForPeople(request) {
            headers[.contentType] = "text/html; charset=utf-8"
            body = ByteBuffer(string: Pages.errorPage(self, context))
        } else {
            headers[.contentType] = "application/json"
            body = ByteBuffer(bytes: PlainAnswer.json(message, hint: hint, code: code))
        }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }

    private static func isForPeople(_ request: Request) -> Bool {
        let path = request.uri.path
        guard !programs.contains(where: { path.hasPrefix($0) }) else { return false }
        return request.headers[.accept]?.lowercased().contains("text/html") ?? false
    }
}
