//! Statements about users and tokens: CREATE, ALTER, DROP.

use wend_grammar::ast::{Ident, UserStatement};

use super::{Run, Session, finish, warned};
use crate::{
    error::{Error, Result},
    role::Role,
    rows::Rows,
    user,
    value::Value,
};

impl Session {
    pub(super) fn user_statement(&mut self, statement: &UserStatement, run: &Run<'_>) -> Result<Rows> {
        let own = match statement {
            // Everyone may change their own password.
            UserStatement::Alter { name, role: None, .. } => self.rights.user.as_deref() == Some(&*name.name),
            _ => false,
        };
        if !own {
            self.must_be(Role::Admin, "manages users")?;
        }
        // Hashing is done with the transaction open, so that what is refused is refused before.
        let (tx, alone) = self.user_catalog()?;
        if let (false, Some(name), Some(identity)) = (own, &self.rights.user, self.rights.identity) {
            user::must_still_be_admin(&tx, name, identity)?;
        }
        match statement {
            UserStatement::Create { name, if_not_exists, password, role } => {
                if *if_not_exists && user::exists(&tx, &name.name)? {
                    return Ok(warned(format!("there was a user `{}` already", name.name)));
                }
                let password = self.password(password, run)?;
                let role = role.as_ref().map_or(Ok(Role::Reader), role_of)?;
                user::create(&tx, &name.name, &password, role).map_err(|error| error.at(name.span))?;
            }
            UserStatement::Alter { name, password, role } => {
                if let (true, Some(identity)) = (own, self.rights.identity) {
                    user::must_still_be(&tx, &name.name, identity).map_err(|error| error.at(name.span))?;
                }
                let password = password.as_ref().map(|password| self.password(password, run)).transpose()?;
                let role = role.as_ref().map(role_of).transpose()?;
                user::alter(&tx, &name.name, password.as_deref(), role).map_err(|error| error.at(name.span))?;
            }
            UserStatement::Drop { name, if_exists } => {
                if *if_exists && !user::exists(&tx, &name.name)? {
                    return Ok(warned(format!("there was no user `{}` to drop", name.name)));
                }
                user::drop(&tx, &name.name).map_err(|error| error.at(name.span))?;
            }
            UserStatement::CreateToken { name, user, validity } => {
                let seconds = match validity {
                    None => None,
                    Some(validity) => match self.constant(validity, run)? {
                        Value::Duration(time) if time.months() == 0 => {
                            Some(time.days().saturating_mul(86_400).saturating_add(time.seconds()))
                        }
                        other => {
                            return Err(Error::value_type(format!(
                                "a token is valid for a DURATION of days or hours, such as DURATION 'P90D', not {other}"
                            ))
                            .at(validity.span));
                        }
                    },
                };
                let token = user::create_token(&tx, &name.name, &user.name, seconds);
                let token = token.map_err(|error| error.at(name.span))?;
                finish(&tx, alone)?;
                self.note_users(alone);
                return self.table(&["token"], vec![vec![Value::from(token)]], None, &run.done());
            }
            UserStatement::DropToken { name, if_exists } => {
                if !user::drop_token(&tx, &name.name)? {
                    if *if_exists {
                        return Ok(warned(format!("there was no token `{}` to drop", name.name)));
                    }
                    return Err(Error::reference(format!("there is no token `{}`", name.name))
                        .with_hint("SHOW TOKENS lists them")
                        .at(name.span));
                }
            }
        }
        finish(&tx, alone)?;
        self.note_users(alone);
        Ok(Rows::none())
    }

    /// A transaction for a change of users, which a reader may make of the own password; `true` = to be committed at once.
    pub(super) fn user_catalog(&self) -> Result<(wend_storage::Transaction, bool)> {
        match &self.transaction {
            Some(active) if active.read_only || self.only_reads => Err(super::read_only()),
            Some(active) => Ok((active.tx.clone(), false)),
            None if self.rights.read_only || self.only_reads || self.database.options().read_only => {
                Err(super::read_only())
            }
            None => Ok((self.database.store().begin(wend_storage::Access::Write)?, true)),
        }
    }

    /// Notes that users were changed, now or with the commit of the open transaction.
    fn note_users(&mut self, alone: bool) {
        match &mut self.transaction {
            Some(active) if !alone => active.users = true,
            _ => self.database.users_changed(),
        }
    }

    fn password(&self, text: &wend_grammar::ast::Expr, run: &Run<'_>) -> Result<String> {
        match self.constant(text, run)? {
            Value::String(password) => Ok(password.to_string()),
            other => Err(Error::value_type(format!("a password is a STRING, not {}", other.type_name())).at(text.span)),
        }
    }
}

fn role_of(name: &Ident) -> Result<Role> {
    Role::from_name(&name.name).ok_or_else(|| {
        Error::reference(format!("there is no role `{}`", name.name))
            .with_hint("the roles are reader, editor and admin")
            .at(name.span)
    })
}
