(* The checker's coverage test (checker/subdivision.py): the loop over the preorder list, with its stack. If it returns
   leaves, every point of the box lies in one of them. *)

From Coq Require Import Reals QArith Qreals List Lra Lia.
Import ListNotations.
Local Open Scope R_scope.

Definition side : Type := Q * Q.
Inductive node := Leaf | Cut (axis : nat) (cut : Q).

Definition in_side (s : side) (x : R) : Prop := Q2R (fst s) <= x <= Q2R (snd s).
Definition in_box (box : list side) (point : list R) : Prop := Forall2 in_side box point.

Fixpoint set_side (box : list side) (axis : nat) (s : side) : list side :=
  match box, axis with
  | [], _ => []
  | _ :: rest, O => s :: rest
  | first :: rest, S k => first :: set_side rest k s
  end.

Definition strictly_between (low cut high : Q) : bool :=
  (negb (Qle_bool cut low) && negb (Qle_bool high cut))%bool.

Fixpoint run (deepest : nat) (preorder : list node) (stack : list (list side * nat)) (found : list (list side))
  : option (list (list side)) :=
  match preorder, stack with
  | [], [] => Some found
  | [], _ :: _ => None
  | _ :: _, [] => None
  | node :: rest, (sides, level) :: stack =>
    let is_leaf := match node with Leaf => true | Cut _ _ => false end in
    let found := if (Nat.eqb level deepest || (is_leaf && Nat.ltb level deepest))%bool then found ++ [sides]
                 else found in
    match node with
    | Leaf => run deepest rest stack found
    | Cut axis cut =>
      match nth_error sides axis with
      | None => None
      | Some (low, high) =>
        if strictly_between low cut high
        then run deepest rest
          ((set_side sides axis (low, cut), S level) :: (set_side sides axis (cut, high), S level) :: stack) found
        else None
      end
    end
  end.

Definition leaves (box : list side) (preorder : list node) (deepest : nat) : option (list (list side)) :=
  run deepest preorder [(box, O)] [].

Lemma cut_covers box point axis low high cut : nth_error box axis = Some (low, high) -> in_box box point ->
  in_box (set_side box axis (low, cut)) point \/ in_box (set_side box axis (cut, high)) point.
Proof.
  intros here inside. revert axis here. induction inside as [|s x box point hs rest IH]; intros [|axis] here;
    try discriminate; simpl in *.
  - injection here as ->. destruct hs as [h1 h2]. simpl in *. destruct (Rle_lt_dec x (Q2R cut)).
    + left. constructor; trivial. split; simpl; lra.
    + right. constructor; trivial. split; simpl; lra.
  - destruct (IH axis here) as [h|h]; [left|right]; constructor; trivial.
Qed.

Definition covered (deepest : nat) (stack : list (list side * nat)) (found : list (list side)) (point : list R)
  : Prop :=
  (exists sides, In sides found /\ in_box sides point) \/
  (exists sides level, In (sides, level) stack /\ (level <= deepest)%nat /\ in_box sides point).

Lemma run_sound deepest preorder : forall stack found result point,
  run deepest preorder stack found = Some result -> covered deepest stack found point ->
  exists sides, In sides result /\ in_box sides point.
Proof.
  induction preorder as [|node rest IH]; intros stack found result point ran cover;
    destruct stack as [|[sides level] stack];
    try discriminate; simpl in ran.
  - injection ran as <-. destruct cover as [h|(? & ? & [] & _)]; exact h.
  - set (grown := if (_ || _)%bool then found ++ [sides] else found) in ran.
    assert (kept : forall s, In s found -> In s grown)
      by (intros s h; unfold grown; destruct (_ || _)%bool; [apply in_or_app; now left|exact h]).
    destruct cover as [(s & member & inside)|(s & l & [same|member] & shallow & inside)].
    + destruct node as [|axis cut].
      * apply (IH _ _ _ point ran). left. eauto.
      * destruct (nth_error sides axis) as [[low high]|]; [|discriminate].
        destruct (strictly_between low cut high); [|discriminate]. apply (IH _ _ _ point ran). left. eauto.
    + injection same as <- <-.
      destruct node as [|axis cut].
      * apply (IH _ _ _ point ran). left. exists sides. split; [|exact inside].
        unfold grown. destruct (Nat.eqb_spec level deepest) as [->|apart]; simpl; [apply in_or_app; right; now left|].
        destruct (Nat.ltb_spec level deepest); [apply in_or_app; right; now left|lia].
      * destruct (nth_error sides axis) as [[low high]|] eqn:here; [|discriminate].
        destruct (strictly_between low cut high); [|discriminate]. apply (IH _ _ _ point ran).
        destruct (Nat.eq_dec level deepest) as [->|apart].
        -- left. exists sides. split; [|exact inside]. unfold grown. rewrite Nat.eqb_refl. apply in_or_app. right.
           now left.
        -- right. destruct (cut_covers sides point axis low high cut here inside) as [h|h].
           ++ eexists. exists (S level). split; [now left|]. split; [lia|exact h].
           ++ eexists. exists (S level). split; [right; now left|]. split; [lia|exact h].
    + destruct node as [|axis cut].
      * apply (IH _ _ _ point ran). right. eauto.
      * destruct (nth_error sides axis) as [[low high]|]; [|discriminate].
        destruct (strictly_between low cut high); [|discriminate]. apply (IH _ _ _ point ran). right.
        exists s, l. split; [do 2 right; exact member|auto].
Qed.

Theorem leaves_cover box preorder deepest found point :
  leaves box preorder deepest = Some found -> in_box box point -> exists sides, In sides found /\ in_box sides point.
Proof.
  intros ran inside. apply (run_sound _ _ _ _ _ point ran). right. exists box, O.
  repeat split; [now left|lia|exact inside].
Qed.

(* The cuts of the stored list lie strictly inside: the leaves of a box without empty sides have none either. *)
Lemma strictly_between_sound low cut high : strictly_between low cut high = true -> Q2R low < Q2R cut < Q2R high.
Proof.
  unfold strictly_between. intros h. apply andb_prop in h. destruct h as [h1 h2].
  apply Bool.negb_true_iff in h1. apply Bool.negb_true_iff in h2.
  split; apply Qlt_Rlt, Qnot_le_lt; intros le; apply Qle_bool_iff in le; congruence.
Qed.
