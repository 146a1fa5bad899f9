//! Writes a receipt for each order: [`Receipts`], and the receiver that has them as its state.

use std::path::PathBuf;
use std::{fs, io};

use openedx_events::receiver;

use {{crate_name}}::events::{ORDER_PLACED, Order};

/// A folder with a file for each order.
pub struct Receipts {
    folder: PathBuf,
}

impl Receipts {
    pub fn in_folder(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    fn write(&self, order: &Order) -> io::Result<()> {
        let file = self.folder.join(format!("{}.txt", order.number));
        let price = format!("{}.{:02}", order.cents / 100, order.cents % 100);
        let receipt = format!("{}, {price}, {:?}\n", order.customer.name, order.payment);
        fs::write(&file, receipt)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", file.display())))
    }
}

/// An event can be delivered twice. The receipt is then written twice, to the same file.
#[receiver(ORDER_PLACED)]
fn write_receipt(order: &Order, #[state] receipts: &Receipts) -> io::Result<()> {
    receipts.write(order)?;
    tracing::info!(order = order.number, "receipt written");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{env, process};

    use openedx_events::testing;

    use {{crate_name}}::events::{Customer, Payment};

    use super::*;

    /// A folder of one test.
    fn folder(test: &str) -> PathBuf {
        env::temp_dir().join(format!("receipts-{}-{test}", process::id()))
    }

    fn order(number: i64) -> Order {
        let customer = Customer {
            name: "Ada".into(),
            email: "ada@example.org".into(),
        };
        Order {
            number,
            customer,
            payment: Payment::Card,
            cents: 1250,
        }
    }

    #[test]
    fn an_order_gets_a_receipt() {
        let folder = folder("an_order");
        let receipts = Receipts::in_folder(&folder).unwrap();
        let scope = testing::isolate([&ORDER_PLACED]);
        scope.provide(receipts).unwrap();

        ORDER_PLACED.send_event(order(7));

        let receipt = fs::read_to_string(folder.join("7.txt")).unwrap();
        assert_eq!(receipt, "Ada, 12.50, Card\n");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_receipt_that_cannot_be_written_is_an_error() {
        let folder = folder("an_error");
        let receipts = Receipts::in_folder(&folder).unwrap();
        fs::remove_dir(folder).unwrap();
        let scope = testing::isolate([&ORDER_PLACED]);
        scope.provide(receipts).unwrap();

        let responses = ORDER_PLACED.send_event(order(7));

        assert!(!responses.is_ok());
        // A receiver that fails fails the test, unless the test takes its error.
        assert!(scope.take_errors()[0].contains("7.txt"));
    }
}
