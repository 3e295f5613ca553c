import Model
import Testing

@Suite("An address")
struct IPAddressTests {
    @Test(
        "is read in the forms that every reader understands alike, and written in one",
        arguments: [
            ("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
            ("8.8.4.4", "8.8.4.4"), ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::00A", "2001:db8::a"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
            ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"),
            ("fe80:0000:0000:0000:0000:0000:0000:0001", "fe80::1"),
        ])
    func forms(text: String, written: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == written)
        #expect(IPAddress(written) == address)
        #expect(IPAddress(bytes: address.bytes) == address)
        #expect(address.isIPv6 == text.contains(":"))
    }

    @Test(
        "of IPv4 within IPv6 is the one of IPv4",
        arguments: ["::ffff:10.1.2.3", "::FFFF:0a01:0203", "0:0:0:0:0:ffff:10.1.2.3"])
    func mapped(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.bytes == [10, 1, 2, 3])
        #expect(address == IPAddress("10.1.2.3"))
        #expect(address == IPAddress(bytes: [UInt8](repeating: 0, count: 10) + [0xff, 0xff, 10, 1, 2, 3]))
    }

    @Test(
        "is nothing that only some readers understand",
        arguments: [
            "", " ", "localhost", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1",
            "127.0.0.01", "00.0.0.0", "127.0.0.1.", ".127.0.0.1", "127.0.0.1.1", "127..0.1", "127.0.0.256",
            "127.0.0.-1", "127.0.0.+1", "1e1.0.0.1", " 127.0.0.1", "127.0.0.1 ", "127.0.0.1\n", "127.0.0.1:80",
            "１２７.0.0.1", "127。0。0。1",
        ])
    func noIPv4(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(
        "of IPv6 has eight groups, or fewer and one gap",
        arguments: [
            ":", ":::", "1:", ":1", "::1:", ":1::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::",
            "::1:2:3:4:5:6:7:8", "1::2::3", "1:::2", "12345::", "g::", "[::1]", "::1%lo", "::1/128", "::127.1",
            "::0177.0.0.1", "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "::-1", "::+1", "::0x1",
        ])
    func noIPv6(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("has four bytes or sixteen", arguments: [0, 1, 3, 5, 15, 17])
    func sizes(count: Int) {
        #expect(IPAddress(bytes: [UInt8](repeating: 1, count: count)) == nil)
    }
}
