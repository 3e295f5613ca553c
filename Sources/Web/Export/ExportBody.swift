import Appliance
import Hummingbird
import HummingbirdCore
import Model
import Notify
import Settings

/// What somebody who starts an export wants; nil where they leave it open. Fields that are not known are passed over: the
/// proposals' clients may send more.
struct ExportBody: Sendable {
    /// Rows of a chunk.
    static let chunkSizes = 1...1_000_000

    var database: String?
    var format: DumpFormat?
    var callbackURL: String?
    var chunkSize: Int?
    var includesSchema: Bool?

    /// Reads the body, and `callbackUrl` from the query.
    ///
    /// - Throws: 400, 413, 415 as `JSONBody` does; 422 with the field's name where a value is wrong.
    static func read(
        _ request: Request, _ context: WebContext, _ settings: HTTPSettings
    ) async throws -> ExportBody {
        // The proposals' own examples carry comments.
        let body = try await JSONBody.read(request, context, allowsComments: true)
        return try ExportBody(body, callbackInQuery: request.uri.queryParameters.get("callbackUrl"), settings)
    }

    init(_ body: JSONBody, callbackInQuery: String?, _ settings: HTTPSettings) throws {
        database = try QueryValue.database(body.text("database"))
        format = try Self.format(body.text("format"))
        let callbackInBody = try body.text("callbackUrl")
        guard callbackInBody == nil || callbackInQuery == nil || callbackInBody == callbackInQuery else {
            throw WebError(.unprocessableContent, "callbackUrl is given twice, and not the same")
        }
        callbackURL = callbackInBody ?? callbackInQuery
        chunkSize = try body.integer("chunkSize", in: Self.chunkSizes)
        includesSchema = try body.boolean("includeSchema")
        if let callbackURL {
            do {
                _ = try TargetGuard(settings: settings).read(callbackURL)
            } catch {
                throw NightjarError(.usage, "callbackUrl: \(error.message)", hint: error.hint)
            }
        }
    }

    private init(database: String?, format: DumpFormat?) {
        self.database = database
        self.format = format
    }

    /// Reads `database` and `format` from the query.
    ///
    /// - Throws: 422 where one of them is wrong.
    static func ofQuery(_ request: Request) throws(WebError) -> ExportBody {
        ExportBody(
            database: try QueryValue.database(request),
            format: try format(request.uri.queryParameters.get("format")))
    }

    func request(by access: Access) -> ExportRequest {
        ExportRequest(
            database: database, format: format ?? .sql, chunkRows: chunkSize, includesSchema: includesSchema ?? true,
            callbackURL: callbackURL, requester: access.name)
    }

    private static func format(_ name: String?) throws(WebError) -> DumpFormat? {
        guard let name else { return nil }
        if let format = DumpFormat(rawValue: name) { return format }
        let offered = DumpFormat.allCases.map(\.rawValue).joined(separator: ", ")
        throw WebError(.unprocessableContent, "format is not a format that there is", hint: "Offered: \(offered)")
    }
}
