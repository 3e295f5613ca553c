create/**/temporary -- x;
 trigger a begin;end;end;;