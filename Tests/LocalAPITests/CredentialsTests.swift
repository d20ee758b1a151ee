import EventModel
import EventText
import Testing

@testable import LocalAPI

@Suite struct CredentialsTests {
    private func credentials(_ authorization: String? = nil, cookie: String? = nil) -> Credentials {
        Credentials(authorization: authorization, cookie: cookie)
    }

    private func secrets(_ credentials: Credentials) -> [String] {
        credentials.secrets.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: ["Bearer t0ken", "bearer  t0ken ", "BEARER t0ken"])
    func `a bearer token is a secret without a name`(header: String) {
        #expect(secrets(credentials(header)) == ["t0ken"])
        #expect(credentials(header).name.isEmpty)
    }

    @Test func `Basic has a name and a password, which may have colons and be empty`() {
        #expect(credentials("Basic dTpwOnE=").name == "u")
        #expect(secrets(credentials("Basic dTpwOnE=")) == ["p:q"])
        #expect(secrets(credentials("Basic dTo=")) == [""])
        #expect(secrets(credentials("Basic w7w6w6Q=")) == ["ä"])
    }

    @Test(arguments: [
        #"session=j:{"sid": "KEY"}"#, "a=b; session=j%3A%7B%22sid%22%3A%20%22KEY%22%7D; c=d",
        #"session=j:{"sid":"KEY"}"#,
    ])
    func `an access key comes as a session`(cookie: String) {
        #expect(secrets(credentials(cookie: cookie)) == ["KEY"])
    }

    @Test(arguments: ["", "Bearer", "Basic", "Basic !", "Basic dQ==", "Digest x", "Bearer ", " "])
    func `what is no authorization has no secret`(header: String) {
        #expect(
            credentials(header, cookie: #"session; session=; sessions=j:{"sid":"x"}; session=j:{; =; ;"#).secrets
                .isEmpty)
    }

    @Test func `a percent sign that begins nothing stands for itself`() {
        #expect(percentDecoded("100%, %4, %zz%41%") == Array("100%, %4, %zzA%".utf8))
        #expect(
            String(decoding: percentDecoded(percentEncoded((0...255).map { UInt8($0) })), as: UTF8.self)
                == String(decoding: (0...255).map { UInt8($0) }, as: UTF8.self))
    }

    @Test func `a query's values are decoded`() {
        #expect(queryValues("where", in: "/v1/tap?where=%7B%22a%22%3A+1%7D&x=y&where=b") == [#"{"a": 1}"#, "b"])
        #expect(queryValues("where", in: "/v1/tap").isEmpty)
        #expect(queryValues("where", in: "/v1/tap?where&wher=1&=").isEmpty)
    }
}
