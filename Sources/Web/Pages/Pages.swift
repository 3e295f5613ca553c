import Appliance
import Catalog
import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Model
import NIOCore
import Settings

/// What people look at: whether their databases are safe, and all that stands behind the answer.
package enum Pages {
    /// - Throws: where a template is wrong.
    package static func add(to router: Router<WebContext>, _ environment: WebEnvironment) throws {
        try Templates.check()
        let overviews = OverviewPageCache(environment.console)
        let samples = SampleResults()
        let routes = PageRoutes(environment: environment, overviews: overviews, samples: samples)
        router.get("/") { _, context in try await routes.overview(context) }
        router.get("/databases/:name") { request, context in try await routes.database(request, context) }
        router.get("/runs/:id") { _, context in try await routes.run(context) }
        router.get("/backups/:id") { request, context in try await routes.backup(request, context) }
        router.get("/verifications/:id") { _, context in try await routes.verification(context) }
        router.get("/notifications") { _, context in try await routes.notifications(context) }
        let actions = PageActions(environment: environment, overviews: overviews, samples: samples)
        router.post("/databases/:name/backup") { request, context in try await actions.backUp(request, context) }
        router.post("/backups/:id/verify") { request, context in try await actions.verify(request, context) }
        router.post("/backups/:id/verify/cancel") { request, context in
            try await actions.cancelVerification(request, context)
        }
        router.post("/runs/:id/cancel") { request, context in try await actions.cancel(request, context) }
        router.post("/notifications/:id/retry") { request, context in try await actions.retry(request, context) }
        router.post("/notifications/:id/drop") { request, context in try await actions.drop(request, context) }
        router.post("/channels/:name/retry") { request, context in try await actions.retryAll(request, context) }
        router.post("/channels/:name/wake") { request, context in try await actions.wake(request, context) }
        router.post("/channels/:name/test") { request, context in try await actions.test(request, context) }
    }

    /// The page that tells people what went wrong with their request.
    package static func errorPage(_ error: WebError, _ context: WebContext) -> String {
        errorPage(error, subject: nil, Viewer(context, csrf: nil))
    }

    /// - Parameter subject: what the message speaks of, and where its page is.
    static func errorPage(_ error: WebError, subject: (name: String, path: String)?, _ viewer: Viewer) -> String {
        let page = ErrorPage(
            code: error.status.code, message: error.message, hint: error.hint, subject: subject,
            now: Timestamp(seconds: Int64(time(nil))), viewer: viewer)
        return Templates.html(page)
    }

    static func answer(_ html: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        answer(ByteBuffer(string: html), status: status, headers: headers)
    }

    static func answer(_ html: ByteBuffer, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        answer(ResponseBody(byteBuffer: html), status: status, headers: headers)
    }

    /// - Parameter html: the pieces of the page.
    static func answer(_ html: [ByteBuffer]) -> Response {
        answer(ResponseBody(contentsOf: html), status: .ok, headers: [:])
    }

    private static func answer(_ body: ResponseBody, status: HTTPResponse.Status, headers: HTTPFields) -> Response {
        var headers = headers
        headers[.contentType] = "text/html; charset=utf-8"
        return Response(status: status, headers: headers, body: body)
    }
}

extension Viewer {
    /// - Parameter csrf: nil where the page has no forms.
    init(_ context: WebContext, csrf: CSRF?) {
        self.init(
            name: context.access?.name ?? "", scope: context.access?.scope ?? .read, nonce: context.nonce,
            csrf: context.may(.admin) ? csrf?.token(for: context) : nil)
    }
}

/// The pages that are only read.
struct PageRoutes: Sendable {
    let environment: WebEnvironment
    let overviews: OverviewPageCache
    let samples: SampleResults

    private var console: Console { environment.console }

    func overview(_ context: WebContext) async throws -> Response {
        try context.require(.read)
        return try await Pages.answer(overviews.page(for: viewer(context)))
    }

    func database(_ request: Request, _ context: WebContext) async throws -> Response {
        try context.require(.read)
        let detail = try await console.database(PathValue.database(context))
        let page = request.uri.queryParameters.get("page").flatMap { Int($0) } ?? 1
        return Pages.answer(
            Templates.html(DatabasePage(detail, page: page, now: console.now(), viewer: viewer(context))))
    }

    func run(_ context: WebContext) async throws -> Response {
        try context.require(.read)
        let detail = try await console.run(PagePath.number(context))
        return Pages.answer(Templates.html(RunPage(detail, now: console.now(), viewer: viewer(context))))
    }

    func backup(_ request: Request, _ context: WebContext) async throws -> Response {
        try context.require(.read)
        let detail = try await console.backup(PagePath.backup(context))
        let base = await BaseURL.of(request, context, environment.settings())
        return Pages.answer(
            Templates.html(BackupPage(detail, baseURL: base, now: console.now(), viewer: viewer(context))))
    }

    /// `/verifications/12` is the page, `/verifications/12.json` the report as the store has it.
    func verification(_ context: WebContext) async throws -> Response {
        try context.require(.read)
        let name = try PathValue.text("id", context)
        let isJSON = name.hasSuffix(".json")
        guard let id = PagePath.number(isJSON ? String(name.dropLast(5)) : name) else { throw WebError.notFound }
        let detail = try await console.verification(id)
        guard isJSON else {
            return Pages.answer(
                Templates.html(VerificationPage(detail, now: console.now(), viewer: viewer(context))))
        }
        guard let report = detail.report else {
            guard let failure = detail.failure else {
                throw WebError(.notFound, "the report of the verification \(id) was not kept in the store")
            }
            throw NightjarError(failure.code, failure.message, hint: failure.hint)
        }
        var headers = HTTPFields()
        headers[.contentType] = "application/json"
        headers[.contentDisposition] = "inline; filename=\"verification-\(id).json\""
        let body = ByteBuffer(string: try JSONText.text(report) + "\n")
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
    }

    func notifications(_ context: WebContext) async throws -> Response {
        try context.require(.read)
        let overview = try await console.notifications()
        return Pages.answer(
            Templates.html(
                NotificationsPage(overview, samples: samples.all, now: console.now(), viewer: viewer(context))))
    }

    private func viewer(_ context: WebContext) -> Viewer {
        Viewer(context, csrf: environment.csrf)
    }
}

/// Ids in the paths of pages; what is none is a page that there is not.
enum PagePath {
    static func number(_ context: WebContext) throws -> Int64 {
        guard let id = try number(PathValue.text("id", context)) else { throw WebError.notFound }
        return id
    }

    static func backup(_ context: WebContext) throws -> BackupID {
        guard let id = try BackupID(PathValue.text("id", context)) else { throw WebError.notFound }
        return id
    }

    /// Digits only: `Int64` alone would take a sign.
    static func number(_ text: String) -> Int64? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int64(text) : nil
    }
}
