internal import Postgres
public import Values

/// What Access refuses, with the facts that say why.
public enum AccessError: Error, Equatable {
    /// Somebody may not do this, at all or in this section.
    case notPermitted(Permission, actor: EmailAddress, section: Slug?)
    /// There are accounts, so somebody has to say who acts.
    case actorRequired
    case unknownAccount(EmailAddress)
    case suspended(EmailAddress)
    /// Without any account yet, the first must be an admin everywhere.
    case firstAccountMustBeAdmin
    case emailTaken(EmailAddress)
    case unknownRole(Role)
    case alreadyGranted(RoleGrant, EmailAddress)
    case notGranted(RoleGrant, EmailAddress)
    /// Nobody would be left to manage accounts.
    case lastAdmin(EmailAddress)
    /// No such token, or a used-up one: revoked, expired. Which of them a stranger isn't told.
    case badToken
    case unknownToken(ID<Token>)
    case tokenNameTaken(String)
    case unknownScope(Permission)
    case expiresInThePast(Timestamp)
    /// A password has 12 characters or more, and at most 1,024 bytes.
    case passwordLength(Int)
}

extension PostgresError {
    /// The error that a broken constraint of this module means; `self` when it isn't one of those.
    func orAccessError(_ meanings: [String: AccessError]) -> any Error {
        guard let name = constraint, let meaning = meanings[name] else { return self }
        return meaning
    }
}
