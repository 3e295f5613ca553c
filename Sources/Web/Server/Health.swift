import Appliance
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// `/healthz`: whether the daemon goes on making backups, and nothing else, for everybody.
enum Health {
    static func add(to router: Router<WebContext>, _ environment: WebEnvironment) {
        router.get("/healthz") { _, _ -> Response in
            let isHealthy = await environment.console.isHealthy()
            return Response(
                status: isHealthy ? .ok : .serviceUnavailable, headers: [.contentType: "application/json"],
                body: ResponseBody(
                    byteBuffer: ByteBuffer(string: isHealthy ? #"{"status":"ok"}"# : #"{"status":"failing"}"#)))
        }
    }
}
