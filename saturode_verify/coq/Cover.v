(* The computed test on leaves, halving, the certificate's subdivision, and the soundness of all three. *)

From Coq Require Import Reals ZArith QArith Qreals List Lra Lia.
From Saturode Require Import Enclosure Tanh Network.
Import ListNotations.
Local Open Scope R_scope.

Section Checker.
Variable p : F.precision.

(* A neuron with enclosures of its weights; a cell adds the slope and the bend of tanh at the leaf's centre. *)
Record held := Held { src : neuron; jx : I.type; jy : I.type; jb : I.type; j1 : I.type; j2 : I.type }.
Record cell := Cell { of : held; base : I.type; tilt : I.type }.

Definition hold (n : neuron) : held :=
  Held n (iq p (ax n)) (iq p (ay n)) (iq p (bias n)) (iq p (o1 n)) (iq p (o2 n)).

Definition cell_at (mx my : I.type) (k : held) : cell :=
  let a := I.add p (I.add p (I.mul p (jx k) mx) (I.mul p (jy k) my)) (jb k) in
  let e := I.exp p (I.mul p (iz p 2) a) in
  let t := I.sub p (iz p 1) (I.div p (iz p 2) (I.add p e (iz p 1))) in
  let s := I.sub p (iz p 1) (I.mul p t t) in
  Cell k s (I.mul p (I.mul p (iz p (-2)) t) s).

Definition affine (dx dy : I.type) (c : cell) : held * I.type :=
  (of c, I.add p (base c) (I.mul p (tilt c) (I.add p (I.mul p (jx (of c)) dx) (I.mul p (jy (of c)) dy)))).

Definition remainder (h k : I.type) (c : cell) : held * I.type :=
  (of c, I.sqr p (I.add p (I.mul p (I.abs (jx (of c))) h) (I.mul p (I.abs (jy (of c))) k))).

Definition entry (o a : held -> I.type) (l : list (held * I.type)) : I.type :=
  isum p (fun z => I.mul p (I.mul p (o (fst z)) (a (fst z))) (snd z)) l.

Definition corner_ok (e : I.type) (l : list (held * I.type)) : bool :=
  let e11 := entry j1 jx l in let e12 := entry j1 jy l in
  let e21 := entry j2 jx l in let e22 := entry j2 jy l in
  let p11 := I.sub p (I.mul p e e) (I.add p (I.mul p e11 e11) (I.mul p e21 e21)) in
  let p22 := I.sub p (I.mul p e e) (I.add p (I.mul p e12 e12) (I.mul p e22 e22)) in
  let p12 := I.add p (I.mul p e11 e12) (I.mul p e21 e22) in
  if is_nonneg p11 then
  if is_nonneg p22 then is_nonneg (I.sub p (I.mul p p11 p22) (I.mul p p12 p12)) else false else false.

Definition frobenius_norm (l : list (held * I.type)) : I.type :=
  let r11 := entry (fun k => I.abs (j1 k)) (fun k => I.abs (jx k)) l in
  let r12 := entry (fun k => I.abs (j1 k)) (fun k => I.abs (jy k)) l in
  let r21 := entry (fun k => I.abs (j2 k)) (fun k => I.abs (jx k)) l in
  let r22 := entry (fun k => I.abs (j2 k)) (fun k => I.abs (jy k)) l in
  I.sqrt p (I.add p (I.add p (I.mul p r11 r11) (I.mul p r12 r12)) (I.add p (I.mul p r21 r21) (I.mul p r22 r22))).

Definition leaf_ok (net : list held) (c mx my h k : I.type) : bool :=
  let cells := map (cell_at mx my) net in
  let e := I.sub p c (frobenius_norm (map (remainder h k) cells)) in
  if is_nonneg e then
  if corner_ok e (map (affine h k) cells) then if corner_ok e (map (affine h (I.neg k)) cells) then
  if corner_ok e (map (affine (I.neg h) k) cells) then corner_ok e (map (affine (I.neg h) (I.neg k)) cells)
  else false else false else false else false.

(* What the enclosures enclose *)

Definition faithful (k : held) : Prop :=
  enc (jx k) (Q2R (ax (src k))) /\ enc (jy k) (Q2R (ay (src k))) /\ enc (jb k) (Q2R (bias (src k))) /\
  enc (j1 k) (Q2R (o1 (src k))) /\ enc (j2 k) (Q2R (o2 (src k))).
Definition holds (g : neuron -> R) (z : held * I.type) : Prop :=
  faithful (fst z) /\ enc (snd z) (g (src (fst z))).

Lemma hold_faithful n : faithful (hold n).
Proof. repeat split; apply enc_q. Qed.

Lemma cell_sound mx my x y k : faithful k -> enc mx x -> enc my y ->
  enc (base (cell_at mx my k)) (slope (pre (src k) x y)) /\ enc (tilt (cell_at mx my k)) (bend (pre (src k) x y)).
Proof.
  intros (hx & hy & hb & _) ex ey. cbn [base tilt cell_at]. unfold bend, slope. rewrite tanh_exp.
  assert (ea : enc (I.add p (I.add p (I.mul p (jx k) mx) (I.mul p (jy k) my)) (jb k)) (pre (src k) x y))
    by (unfold pre; repeat first [apply enc_add | apply enc_mul | assumption]).
  assert (nonzero : exp (2 * pre (src k) x y) + 1 <> 0)
    by (generalize (exp_pos (2 * pre (src k) x y)); intros; apply Rgt_not_eq; lra).
  split; repeat first [assumption | apply enc_sub | apply enc_mul | apply enc_div | apply enc_add | apply enc_exp
    | apply enc_z].
Qed.

Lemma entry_sound (o a : held -> I.type) (ro ra : neuron -> R) (g : neuron -> R) l :
  (forall k, faithful k -> enc (o k) (ro (src k)) /\ enc (a k) (ra (src k))) ->
  (forall z, In z l -> holds g z) ->
  enc (entry o a l) (rsum (fun n => ro n * ra n * g n) (map (fun z => src (fst z)) l)).
Proof.
  intros each all. rewrite rsum_map. apply enc_sum. intros z member. destruct (all z member) as [good value].
  destruct (each _ good). repeat apply enc_mul; assumption.
Qed.

Definition part (o a g : neuron -> R) (net : list neuron) : R := rsum (fun n => o n * a n * g n) net.

Lemma form_sum (ro1 ro2 rax ray g : neuron -> R) net u v q1 q2 :
  form (part ro1 rax g net) (part ro1 ray g net) (part ro2 rax g net) (part ro2 ray g net) u v q1 q2
  = rsum (fun n => (q1 * ro1 n + q2 * ro2 n) * (rax n * u + ray n * v) * g n) net.
Proof. unfold form, part. induction net as [|n net IH]; simpl; [ring|]. rewrite <- IH. ring. Qed.

Lemma corner_sound e re l (g : neuron -> R) net :
  corner_ok e l = true -> enc e re -> 0 <= re -> (forall z, In z l -> holds g z) ->
  map (fun z => src (fst z)) l = net ->
  forall u v q1 q2, rsum (fun n => beta n u v q1 q2 * g n) net <= re * (length2 u v * length2 q1 q2).
Proof.
  intros test he positive all <- u v q1 q2. unfold corner_ok in test.
  set (net := map _ l).
  assert (s11 := entry_sound j1 jx (fun n => Q2R (o1 n)) (fun n => Q2R (ax n)) g l ltac:(unfold faithful; tauto) all).
  assert (s12 := entry_sound j1 jy (fun n => Q2R (o1 n)) (fun n => Q2R (ay n)) g l ltac:(unfold faithful; tauto) all).
  assert (s21 := entry_sound j2 jx (fun n => Q2R (o2 n)) (fun n => Q2R (ax n)) g l ltac:(unfold faithful; tauto) all).
  assert (s22 := entry_sound j2 jy (fun n => Q2R (o2 n)) (fun n => Q2R (ay n)) g l ltac:(unfold faithful; tauto) all).
  fold net in s11, s12, s21, s22.
  replace (rsum _ net) with (form (part (fun n => Q2R (o1 n)) (fun n => Q2R (ax n)) g net)
    (part (fun n => Q2R (o1 n)) (fun n => Q2R (ay n)) g net) (part (fun n => Q2R (o2 n)) (fun n => Q2R (ax n)) g net)
    (part (fun n => Q2R (o2 n)) (fun n => Q2R (ay n)) g net) u v q1 q2)
    by (rewrite form_sum; apply rsum_ext; intros; unfold beta, turn; ring).
  destruct (is_nonneg _) eqn:t11 in test; [|discriminate]. destruct (is_nonneg _) eqn:t22 in test; [|discriminate].
  apply sylvester; trivial.
  - apply (is_nonneg_sound _ _ t11). repeat first [apply enc_sub | apply enc_add | apply enc_mul | assumption].
  - apply (is_nonneg_sound _ _ t22). repeat first [apply enc_sub | apply enc_add | apply enc_mul | assumption].
  - apply (is_nonneg_sound _ _ test). repeat first [apply enc_sub | apply enc_add | apply enc_mul | assumption].
Qed.

(* A leaf *)

Definition reach (n : neuron) (h k : R) : R := Rabs (Q2R (ax n)) * h + Rabs (Q2R (ay n)) * k.
Definition rho (h k : R) (n : neuron) : R := reach n h k * reach n h k.
Definition chord (x y s t : R) (n : neuron) : R := slope (pre n x y) + bend (pre n x y) * turn n s t.

Lemma reach_bounds n h k s t : Rabs s <= h -> Rabs t <= k -> Rabs (turn n s t) <= reach n h k.
Proof.
  intros hs ht. unfold turn, reach. eapply Rle_trans; [apply Rabs_triang|]. rewrite !Rabs_mult.
  apply Rplus_le_compat; apply Rmult_le_compat_l; trivial; apply Rabs_pos.
Qed.

Lemma chord_close x y s t h k n : Rabs s <= h -> Rabs t <= k ->
  Rabs (slope (pre n (x + s) (y + t)) - chord x y s t n) <= rho h k n.
Proof.
  intros hs ht. generalize (slope_expansion (pre n x y) (pre n (x + s) (y + t))) (reach_bounds n h k s t hs ht).
  replace (pre n (x + s) (y + t) - pre n x y) with (turn n s t) by (unfold turn, pre; ring).
  fold (chord x y s t n). intros near far. eapply Rle_trans; [exact near|]. unfold rho.
  generalize (Rabs_pos (turn n s t)) (Rsqr_abs (turn n s t)). unfold Rsqr. intros. nra.
Qed.

Lemma beta_small n u v q1 q2 : Rabs (beta n u v q1 q2)
  <= (Rabs q1 * Rabs (Q2R (o1 n)) + Rabs q2 * Rabs (Q2R (o2 n)))
     * (Rabs (Q2R (ax n)) * Rabs u + Rabs (Q2R (ay n)) * Rabs v).
Proof.
  unfold beta, turn. rewrite <- !Rabs_mult. rewrite (Rabs_mult (_ + _)).
  apply Rmult_le_compat; try apply Rabs_pos; apply Rabs_triang.
Qed.

Lemma length2_abs u v : length2 (Rabs u) (Rabs v) = length2 u v.
Proof. unfold length2. f_equal. generalize (Rsqr_abs u) (Rsqr_abs v). unfold Rsqr. lra. Qed.

Definition rest (h k : R) (net : list neuron) : R :=
  let r o a := part (fun n => Rabs (Q2R (o n))) (fun n => Rabs (Q2R (a n))) (rho h k) net in
  sqrt (r o1 ax * r o1 ax + r o1 ay * r o1 ay + (r o2 ax * r o2 ax + r o2 ay * r o2 ay)).

Lemma remainder_small net x y s t h k u v q1 q2 : Rabs s <= h -> Rabs t <= k ->
  rsum (fun n => beta n u v q1 q2 * (slope (pre n (x + s) (y + t)) - chord x y s t n)) net
  <= rest h k net * (length2 u v * length2 q1 q2).
Proof.
  intros hs ht. unfold rest. rewrite <- (length2_abs u v), <- (length2_abs q1 q2).
  eapply Rle_trans; [|apply frobenius]. rewrite form_sum. apply rsum_le. intros n.
  eapply Rle_trans; [apply Rle_abs|]. rewrite Rabs_mult.
  apply Rmult_le_compat; try apply Rabs_pos; [apply beta_small|now apply chord_close].
Qed.

Lemma pairing_split net x y s t u v q1 q2 :
  pairing net (x + s) (y + t) u v q1 q2
  = rsum (fun n => beta n u v q1 q2 * chord x y s t n) net
    + rsum (fun n => beta n u v q1 q2 * (slope (pre n (x + s) (y + t)) - chord x y s t n)) net.
Proof. unfold pairing. rewrite <- rsum_plus. apply rsum_ext. intros. ring. Qed.

Lemma chord_affine net x y s t u v q1 q2 :
  rsum (fun n => beta n u v q1 q2 * chord x y s t n) net
  = rsum (fun n => beta n u v q1 q2 * slope (pre n x y)) net
    + rsum (fun n => beta n u v q1 q2 * (bend (pre n x y) * Q2R (ax n))) net * s
    + rsum (fun n => beta n u v q1 q2 * (bend (pre n x y) * Q2R (ay n))) net * t.
Proof.
  rewrite <- !(Rmult_comm s), <- !(Rmult_comm t), <- !rsum_times, <- !rsum_plus.
  apply rsum_ext. intros. unfold chord, turn. ring.
Qed.

Lemma sources (f : cell -> held * I.type) mx my net : (forall c, fst (f c) = of c) ->
  map (fun z => src (fst z)) (map f (map (cell_at mx my) (map hold net))) = net.
Proof. intros same. rewrite !map_map. erewrite map_ext; [apply map_id|]. intros n. simpl. now rewrite same. Qed.

Lemma affine_holds mx my dx dy x y s t net z : enc mx x -> enc my y -> enc dx s -> enc dy t ->
  In z (map (affine dx dy) (map (cell_at mx my) (map hold net))) -> holds (chord x y s t) z.
Proof.
  intros ex ey es et member. rewrite !map_map in member. apply in_map_iff in member.
  destruct member as (n & <- & _). assert (good := hold_faithful n).
  destruct (cell_sound mx my x y (hold n) good ex ey) as [eb eh]. destruct good as (hx & hy & rest_).
  split; [exact (conj hx (conj hy rest_))|].
  apply enc_add; [exact eb|]. apply enc_mul; [exact eh|]. apply enc_add; apply enc_mul; assumption.
Qed.

Lemma remainder_holds mx my ih ik h k net z : enc ih h -> enc ik k ->
  In z (map (remainder ih ik) (map (cell_at mx my) (map hold net))) -> holds (rho h k) z.
Proof.
  intros eh ek member. rewrite !map_map in member. apply in_map_iff in member.
  destruct member as (n & <- & _). destruct (hold_faithful n) as (hx & hy & rest_).
  split; [exact (conj hx (conj hy rest_))|]. apply enc_sqr. apply enc_add; apply enc_mul; trivial; now apply enc_abs.
Qed.

Lemma frobenius_sound mx my ih ik h k net : enc ih h -> enc ik k ->
  enc (frobenius_norm (map (remainder ih ik) (map (cell_at mx my) (map hold net)))) (rest h k net).
Proof.
  intros eh ek. unfold frobenius_norm, rest. set (l := map (remainder ih ik) _).
  assert (all : forall z, In z l -> holds (rho h k) z) by (intros z; now apply remainder_holds).
  assert (here : map (fun z => src (fst z)) l = net) by now apply sources.
  assert (one : forall (o a : held -> I.type) (ro ra : neuron -> Q),
    (forall j, faithful j -> enc (o j) (Q2R (ro (src j))) /\ enc (a j) (Q2R (ra (src j)))) ->
    enc (entry (fun j => I.abs (o j)) (fun j => I.abs (a j)) l)
      (part (fun n => Rabs (Q2R (ro n))) (fun n => Rabs (Q2R (ra n))) (rho h k) net)).
  { intros o a ro ra each. rewrite <- here. apply entry_sound with (g := rho h k); [|exact all].
    intros j good. destruct (each j good). split; now apply enc_abs. }
  apply enc_sqrt.
  repeat first [apply enc_add | apply enc_mul]; apply one; unfold faithful; tauto.
Qed.

Lemma leaf_sound net c rc mx my ih ik x y h k :
  leaf_ok (map hold net) c mx my ih ik = true ->
  enc c rc -> enc mx x -> enc my y -> enc ih h -> enc ik k ->
  forall s t, Rabs s <= h -> Rabs t <= k -> bounded net rc (x + s) (y + t).
Proof.
  intros test ec ex ey eh ek s t hs ht u v q1 q2. unfold leaf_ok in test.
  assert (ee := enc_sub p _ _ _ _ ec (frobenius_sound mx my ih ik h k net eh ek)).
  destruct (is_nonneg _) eqn:positive in test; [|discriminate].
  destruct (corner_ok _ _) eqn:t1 in test; [|discriminate]. destruct (corner_ok _ _) eqn:t2 in test; [|discriminate].
  destruct (corner_ok _ _) eqn:t3 in test; [|discriminate].
  assert (at_corner : forall dx dy rs rt,
    corner_ok (I.sub p c (frobenius_norm (map (remainder ih ik) (map (cell_at mx my) (map hold net)))))
      (map (affine dx dy) (map (cell_at mx my) (map hold net))) = true -> enc dx rs -> enc dy rt ->
    rsum (fun n => beta n u v q1 q2 * chord x y rs rt n) net <= (rc - rest h k net) * (length2 u v * length2 q1 q2)).
  { intros dx dy rs rt here es et. apply (corner_sound _ _ _ (chord x y rs rt) net here ee).
    - exact (is_nonneg_sound _ _ positive ee).
    - intros z. now apply affine_holds.
    - now apply sources. }
  assert (en := enc_neg _ _ eh). assert (em := enc_neg _ _ ek).
  generalize (at_corner _ _ _ _ t1 eh ek) (at_corner _ _ _ _ t2 eh em) (at_corner _ _ _ _ t3 en ek)
    (at_corner _ _ _ _ test en em).
  rewrite !chord_affine. intros c1 c2 c3 c4.
  rewrite pairing_split, chord_affine. generalize (remainder_small net x y s t h k u v q1 q2 hs ht).
  assert (box : - h <= s <= h /\ - k <= t <= k) 
    by (generalize (Rle_abs s) (Rle_abs (- s)) (Rle_abs t) (Rle_abs (- t)); rewrite !Rabs_Ropp; lra).
  generalize (corners _ _ _ s t h k _ (proj1 box) (proj2 box) c1 c2 c3 c4). lra.
Qed.

(* Boxes with corners on the grid of the multiples of 1/D *)

Variable D : positive.
Definition grid (z : Z) : R := IZR z / IZR (Zpos D).
Definition igrid (z : Z) : I.type := I.div p (iz p z) (iz p (Zpos D)).

Lemma enc_grid z : enc (igrid z) (grid z).
Proof. apply enc_div; try apply enc_z. apply IZR_neq. discriminate. Qed.

Lemma grid_le a b : (a <= b)%Z -> grid a <= grid b.
Proof.
  intros. unfold grid, Rdiv. apply Rmult_le_compat_r; [|now apply IZR_le].
  left. apply Rinv_0_lt_compat. now apply IZR_lt.
Qed.

Lemma grid_minus a b : grid (a - b) = grid a - grid b.
Proof. unfold grid. rewrite minus_IZR. field. apply IZR_neq. discriminate. Qed.

Variable net : list neuron.
Variable c : Q.

Definition box_ok (nets : list held) (ic : I.type) (x0 x1 y0 y1 : Z) : bool :=
  let mx := ((x0 + x1) / 2)%Z in let my := ((y0 + y1) / 2)%Z in
  leaf_ok nets ic (igrid mx) (igrid my) (igrid (Z.max (mx - x0) (x1 - mx))) (igrid (Z.max (my - y0) (y1 - my))).

Definition within (x0 x1 y0 y1 : Z) (x y : R) : Prop := grid x0 <= x <= grid x1 /\ grid y0 <= y <= grid y1.

Lemma half_width (m a b : Z) (x : R) : grid a <= x <= grid b -> Rabs (x - grid m) <= grid (Z.max (m - a) (b - m)).
Proof.
  intros. generalize (grid_le _ _ (Z.le_max_l (m - a) (b - m))) (grid_le _ _ (Z.le_max_r (m - a) (b - m))).
  rewrite !grid_minus. intros. apply Rabs_le. lra.
Qed.

Lemma box_sound x0 x1 y0 y1 : box_ok (map hold net) (iq p c) x0 x1 y0 y1 = true ->
  forall x y, within x0 x1 y0 y1 x y -> bounded net (Q2R c) x y.
Proof.
  intros test x y [hx hy]. apply (half_width ((x0 + x1) / 2)) in hx. apply (half_width ((y0 + y1) / 2)) in hy.
  set (mx := ((x0 + x1) / 2)%Z) in *. set (my := ((y0 + y1) / 2)%Z) in *.
  replace x with (grid mx + (x - grid mx)) by ring. replace y with (grid my + (y - grid my)) by ring.
  exact (leaf_sound net _ _ _ _ _ _ _ _ _ _ test (enc_q p c) (enc_grid _) (enc_grid _) (enc_grid _) (enc_grid _)
    _ _ hx hy).
Qed.

Fixpoint halved (nets : list held) (ic : I.type) (fuel : nat) (x0 x1 y0 y1 : Z) : bool :=
  if box_ok nets ic x0 x1 y0 y1 then true else
  match fuel with
  | O => false
  | S fuel =>
    if (y1 - y0 <=? x1 - x0)%Z
    then let m := ((x0 + x1) / 2)%Z in
         if halved nets ic fuel x0 m y0 y1 then halved nets ic fuel m x1 y0 y1 else false
    else let m := ((y0 + y1) / 2)%Z in
         if halved nets ic fuel x0 x1 y0 m then halved nets ic fuel x0 x1 m y1 else false
  end.

Lemma halved_sound fuel : forall x0 x1 y0 y1, halved (map hold net) (iq p c) fuel x0 x1 y0 y1 = true ->
  forall x y, within x0 x1 y0 y1 x y -> bounded net (Q2R c) x y.
Proof.
  induction fuel as [|fuel IH]; intros x0 x1 y0 y1 test x y inside; simpl in test;
    (destruct (box_ok _ _ _ _ _ _) eqn:whole in test; [exact (box_sound _ _ _ _ whole x y inside)|]);
    [discriminate|].
  destruct inside as [hx hy]. destruct (_ <=? _)%Z in test.
  - destruct (halved _ _ _ _ _ _ _) eqn:lower in test; [|discriminate].
    destruct (Rle_lt_dec x (grid ((x0 + x1) / 2))).
    + apply (IH _ _ _ _ lower). repeat split; lra.
    + apply (IH _ _ _ _ test). repeat split; lra.
  - destruct (halved _ _ _ _ _ _ _) eqn:lower in test; [|discriminate].
    destruct (Rle_lt_dec y (grid ((y0 + y1) / 2))).
    + apply (IH _ _ _ _ lower). repeat split; lra.
    + apply (IH _ _ _ _ test). repeat split; lra.
Qed.

(* The stored subdivision: cuts of axis 0 and axis 1, in units of 1/D. *)
Inductive cuts := Leaf | Cut0 (at_ : Z) (below above : cuts) | Cut1 (at_ : Z) (below above : cuts).

Fixpoint accepted (nets : list held) (ic : I.type) (fuel : nat) (tree : cuts) (x0 x1 y0 y1 : Z) : bool :=
  match tree with
  | Leaf => halved nets ic fuel x0 x1 y0 y1
  | Cut0 m below above =>
    if accepted nets ic fuel below x0 m y0 y1 then accepted nets ic fuel above m x1 y0 y1 else false
  | Cut1 m below above =>
    if accepted nets ic fuel below x0 x1 y0 m then accepted nets ic fuel above x0 x1 m y1 else false
  end.

Theorem accepted_sound fuel tree : forall x0 x1 y0 y1,
  accepted (map hold net) (iq p c) fuel tree x0 x1 y0 y1 = true ->
  forall x y, within x0 x1 y0 y1 x y -> bounded net (Q2R c) x y.
Proof.
  induction tree as [|m below IHb above IHa|m below IHb above IHa]; intros x0 x1 y0 y1 test x y inside;
    simpl in test; [exact (halved_sound _ _ _ _ _ test x y inside)| |];
    (destruct (accepted _ _ _ below _ _ _ _) eqn:lower in test; [|discriminate]); destruct inside as [hx hy].
  - destruct (Rle_lt_dec x (grid m)); [apply (IHb _ _ _ _ lower)|apply (IHa _ _ _ _ test)]; repeat split; lra.
  - destruct (Rle_lt_dec y (grid m)); [apply (IHb _ _ _ _ lower)|apply (IHa _ _ _ _ test)]; repeat split; lra.
Qed.

End Checker.
