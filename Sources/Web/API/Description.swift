import HTTPTypes
import Hummingbird
import HummingbirdCore
import Model
import NIOCore

/// `/openapi.yaml`: docs/openapi.yaml, which is part of the binary.
enum Description {
    /// RFC 9512.
    private static let mediaType = "application/yaml"

    static func add(to router: Router<WebContext>) {
        router.get("/openapi.yaml") { _, context in
            try context.require(.read)
            return Response(
                status: .ok, headers: [.contentType: Self.mediaType],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_yaml)))
        }
    }
}
